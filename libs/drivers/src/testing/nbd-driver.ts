import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { type Server, createServer } from 'node:net';
import { join } from 'node:path';
import {
  canClone,
  canConnect,
  canSnapshot,
  type CloneCapable,
  type ConnectCapable,
  type ConnectionInfo,
  type SnapshotCapable,
  type VolumeDriver,
} from '@hearth/driver-api';
import { openDriver } from '../registry';
import { run } from './file-driver';
import { qemuIo } from './file-guest';

/** The file driver that connects over NBD, as tests use it. */
export type NbdDriver = VolumeDriver & CloneCapable & ConnectCapable & SnapshotCapable;

/** Opens it; what it warns of goes into `warnings`. */
export async function openNbd(config: object, warnings: string[] = [], given = run): Promise<NbdDriver> {
  const log = { info: () => undefined, warn: (message: string) => void warnings.push(message) };
  const driver = await openDriver('file', { connection: 'nbd', ...config }, { run: given, log });
  if (!canClone(driver) || !canConnect(driver) || !canSnapshot(driver))
    throw new Error('the file driver does all that');
  return driver;
}

/** The files in a run directory of one pool whose names end so. */
export async function runFiles(directory: string, suffix: string): Promise<string[]> {
  const [pool] = await readdir(directory);
  const files = await readdir(join(directory, pool!));
  return files.filter((file) => file.endsWith(suffix)).map((file) => join(directory, pool!, file));
}

/** The only server of a run directory. Throws when there is none, or another one. */
export async function onlyServer(directory: string): Promise<{ readonly file: string; readonly pid: number }> {
  const [file, ...more] = await runFiles(directory, '.pid');
  if (!file || more.length > 0) throw new Error('there is not one server');
  return { file, pid: Number(await readFile(file, 'utf8')) };
}

export async function isServing(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => 'gone');
  return !/^gone$|\) Z /.test(status);
}

/** What `qemu-io` does with a disk that a client was told of. */
export const io = (info: ConnectionInfo, ...commands: string[]) => run(qemuIo(info, commands, []));

/** Has a port, as any other program may. */
export async function listening(port: number): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
