import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectRef } from '@hearth/driver-api';
import { eventually, temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { anyFreePort } from '@hearth/testing/servers';
import { newRef, written } from '../testing/file-driver';
import { io, isServing, listening, type NbdDriver, onlyServer, openNbd, runFiles } from '../testing/nbd-driver';

jest.setTimeout(60_000);

const warnings: string[] = [];
const rw = { readOnly: false };

describe('a server by TCP, after a restart of the host', () => {
  let home: TemporaryDirectory;
  let driver: NbdDriver;
  let object: ObjectRef;
  const config = (nbd: object = {}) => ({
    directory: join(home.path, 'volumes, all of them'),
    cloneMethod: 'overlay',
    nbd: { runDirectory: join(home.path, 'run'), ...nbd },
  });
  beforeEach(async () => {
    home = await temporaryDirectory('hearth-nbd-');
    driver = await openNbd(config(), warnings);
    object = await written(driver, Buffer.alloc(4096, 1));
    warnings.length = 0;
  });
  afterEach(async () => {
    for await (const { name } of driver.list('default')) await driver.remove({ pool: 'default', name });
    await driver.close();
    await home.remove();
  });

  const runDirectory = () => join(home.path, 'run');
  const files = (suffix: string) => runFiles(runDirectory(), suffix);
  const server = () => onlyServer(runDirectory());

  /** The first of two that are free. */
  let port: number;
  beforeEach(async () => {
    for (;;) {
      port = await anyFreePort('127.0.0.1');
      const next = await listening(port + 1).catch(() => undefined);
      if (!next) continue;
      next.close();
      await once(next, 'close');
      return;
    }
  });
  const range = (ports: number) => config({ transport: 'tcp', portFirst: port, portLast: port + ports - 1 });
  const reopen = async (ports: number) => {
    await driver.close();
    driver = await openNbd(range(ports), warnings);
  };
  /** Nothing is left but what lies with the volumes: a run directory is in memory. */
  async function restartHost(ports: number): Promise<void> {
    await driver.close();
    for (const file of await files('.pid')) {
      const pid = Number(await readFile(file, 'utf8'));
      process.kill(pid, 'SIGKILL');
      while (await isServing(pid)) await new Promise((resolve) => setImmediate(resolve));
    }
    await rm(runDirectory(), { recursive: true });
    driver = await openNbd(range(ports), warnings);
  }

  test('is where its clients were told, whoever is connected besides', async () => {
    await reopen(2);
    const wished = ({ name }: ObjectRef) => createHash('sha256').update(`${name} false`).digest().readUInt32BE(0) % 2;
    let other: ObjectRef;
    do other = { ...newRef() };
    while (wished(other) !== wished(object));
    await driver.createBlank(other, 1);
    await driver.connect(object, 'one', {}, rw);
    const info = await driver.connect(other, 'two', {}, rw);
    await driver.disconnect(object, 'one');
    await restartHost(2);
    await io(info, 'read -P 0 0 4096');
    expect(await driver.connect(other, 'two', {}, rw)).toEqual(info);
    expect(warnings).toEqual([]);
  });

  test('is nowhere else while a stranger has its port, which nobody else is told meanwhile', async () => {
    await reopen(1);
    const info = await driver.connect(object, 'one', {}, rw);
    process.kill((await server()).pid, 'SIGKILL');
    const stranger = await eventually(() => listening(port));
    try {
      await restartHost(2);
      expect(warnings).toEqual(['cannot restore the NBD server of an object']);
      const other = await written(driver, Buffer.alloc(4096, 2));
      const { data } = await driver.connect(other, 'two', {}, rw);
      expect(data).toMatchObject({ port: port + 1 });
      await expect(driver.connect(object, 'another', {}, rw)).rejects.toMatchObject({ code: 'busy' });
    } finally {
      stranger.close();
    }
    expect(await driver.connect(object, 'another', {}, rw)).toEqual(info);
    await io(info, 'read -P 1 0 4096');
  });

  test('is told anew to the only client that asks for it', async () => {
    await reopen(2);
    const info = await driver.connect(object, 'one', {}, rw);
    process.kill((await server()).pid, 'SIGKILL');
    const stranger = await eventually(() => listening(Number(info.data['port'])));
    try {
      const anew = await driver.connect(object, 'one', {}, rw);
      expect(anew.data['port']).not.toBe(info.data['port']);
      await io(anew, 'read -P 1 0 4096');
    } finally {
      stranger.close();
    }
  });
});
