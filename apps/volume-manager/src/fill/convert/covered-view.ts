import type { RunProgram } from '@hearth/driver-api';
import { systemPath } from '@hearth/drivers';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type FileHandle, open, readdir, realpath, stat } from 'node:fs/promises';

/** A mount namespace in which the host's folders are covered by empty ones. */
export interface CoveredView {
  /** Where `nsenter` finds it. */
  readonly path: string;
  close(): Promise<void>;
}

/** What programs need: themselves and their libraries; where the kernel tells of processes; the devices that everybody may use. */
const needed = ['bin', 'dev', 'lib', 'lib32', 'lib64', 'libx32', 'proc', 'sbin', 'usr'];

/**
 * Makes a mount namespace that shows programs and libraries and nothing else of the host. It is held by a descriptor alone, so that
 * nothing of it stays when this process ends, however it ends. Needs root and the right to mount.
 */
export async function openCoveredView(program: string, run: RunProgram): Promise<CoveredView> {
  const visible = new Set([...needed, ...(program.includes('/') ? [await topFolder(program)] : [])]);
  const { handle, mount, end } = await holdNamespace();
  try {
    for (const folder of await foldersBut(visible)) {
      const blank = ['mount', '-t', 'tmpfs', '-o', 'ro,nosuid,nodev,noexec,size=4k,mode=755', 'hearth', folder];
      await run(['nsenter', `--mount=${mount}`, '--', ...blank], { timeoutMs: 10_000 });
    }
  } catch (error) {
    await handle.close();
    throw error;
  } finally {
    await end();
  }
  return { path: `/proc/${process.pid}/fd/${handle.fd}`, close: () => handle.close() };
}

async function topFolder(program: string): Promise<string> {
  return (await realpath(program)).split('/')[1] ?? '';
}

async function foldersBut(visible: ReadonlySet<string>): Promise<string[]> {
  const top = await readdir('/', { withFileTypes: true });
  const folders = top.filter((entry) => entry.isDirectory() && !visible.has(entry.name)).map(({ name }) => `/${name}`);
  const sharedMemory = await stat('/dev/shm').then(
    (found) => found.isDirectory(),
    () => false,
  );
  return sharedMemory ? [...folders, '/dev/shm'] : folders;
}

/** A new namespace, and a process that keeps it until we have opened it and mounted in it; that one ends with its input. */
async function holdNamespace(): Promise<{ handle: FileHandle; mount: string; end: () => Promise<void> }> {
  const holder = spawn('unshare', ['--mount', '--', 'cat'], {
    env: { PATH: systemPath, LC_ALL: 'C' },
    cwd: '/',
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let complaint = '';
  holder.stderr.on('data', (text: Buffer) => (complaint = (complaint + text.toString()).slice(-500)));
  holder.stdin.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => holder.once('close', () => resolve()).once('error', () => resolve()));
  // What comes back shows that the namespace is there: the program that echoes is started in it.
  holder.stdin.write('.');
  const ready = once(holder.stdout, 'data').then(() => true);
  const isThere = await Promise.race([ready, ended.then(() => false)]);
  if (!isThere) throw new Error(`no mount namespace can be made: ${complaint.trim() || 'unshare cannot be run'}`);
  const mount = `/proc/${holder.pid}/ns/mnt`;
  const end = async () => {
    holder.stdin.end();
    await ended;
  };
  try {
    return { handle: await open(mount, 'r'), mount, end };
  } catch (error) {
    await end();
    throw error;
  }
}
