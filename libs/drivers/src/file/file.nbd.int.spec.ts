import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, type Server, createServer } from 'node:net';
import { join } from 'node:path';
import {
  canClone,
  canConnect,
  canSnapshot,
  type CloneCapable,
  type ConnectCapable,
  type ConnectionInfo,
  type ObjectRef,
  type SnapshotCapable,
  type VolumeDriver,
} from '@hearth/driver-api';
import { connectionConformance } from '@hearth/driver-api/testing';
import { eventually, temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { anyFreePort, type MountedFilesystem, withFilesystem } from '@hearth/testing/servers';
import { openDriver } from '../registry';
import { programRunner } from '../run-program';
import { fileGuest, qemuIo } from '../testing/file-guest';
import { restoredAtOnceMax } from './nbd-upkeep';
import { readFileObject } from '../testing/read-file-object';

jest.setTimeout(60_000);

type Driver = VolumeDriver & CloneCapable & ConnectCapable & SnapshotCapable;

const run = programRunner();
const warnings: string[] = [];
const environment = { run, log: { info: () => undefined, warn: (message: string) => void warnings.push(message) } };
const gib = 2 ** 30;
const rw = { readOnly: false };
const ro = { readOnly: true };

async function openNbd(config: object, given = environment): Promise<Driver> {
  const driver = await openDriver('file', { connection: 'nbd', ...config }, given);
  if (!canClone(driver) || !canConnect(driver) || !canSnapshot(driver))
    throw new Error('the file driver does all that');
  return driver;
}

describe.each([
  ['xfs', 'unix'],
  ['ext4', 'tcp'],
] as const)('over NBD on %s by %s', (kind, transport) => {
  let mounted: MountedFilesystem;
  let runs: TemporaryDirectory;
  beforeAll(async () => {
    mounted = await withFilesystem(kind, { sizeMib: 1_024 });
    runs = await temporaryDirectory('hearth-nbd-');
  }, 120_000);
  afterAll(async () => {
    await mounted?.stop();
    await runs?.remove();
  });

  connectionConformance('the file driver', async () => {
    const { directory } = mounted;
    const reopen = () => openNbd({ directory, pool: 'here', nbd: { runDirectory: runs.path, transport } });
    return {
      driver: await reopen(),
      pool: 'here',
      readObject: ({ name }, offset, length) => readFileObject(directory, name, offset, length, run),
      reopen,
      openSmallPool: () => Promise.reject(new Error('room is no matter of connections')),
      guest: fileGuest(run),
    };
  });

  test('nothing is left of the servers', async () => {
    const [pool] = await readdir(runs.path);
    expect(await readdir(join(runs.path, pool!))).toEqual([]);
  });
});

describe('a server', () => {
  let home: TemporaryDirectory;
  let driver: Driver;
  let object: ObjectRef;
  const config = (nbd: object = {}) => ({
    directory: join(home.path, 'volumes, all of them'),
    cloneMethod: 'overlay',
    nbd: { runDirectory: join(home.path, 'run'), ...nbd },
  });
  beforeEach(async () => {
    home = await temporaryDirectory('hearth-nbd-');
    driver = await openNbd(config());
    object = await written(driver, Buffer.alloc(4096, 1));
    warnings.length = 0;
  });
  afterEach(async () => {
    for await (const { name } of driver.list('default')) await driver.remove({ pool: 'default', name });
    await driver.close();
    await home.remove();
  });

  const runFiles = async (suffix: string) => {
    const [pool] = await readdir(join(home.path, 'run'));
    const files = await readdir(join(home.path, 'run', pool!));
    return files.filter((file) => file.endsWith(suffix)).map((file) => join(home.path, 'run', pool!, file));
  };
  const pidOf = async () => {
    const [file, ...more] = await runFiles('.pid');
    if (!file || more.length > 0) throw new Error('there is not one server');
    return { file, pid: Number(await readFile(file, 'utf8')) };
  };
  const statusOf = (pid: number) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => 'gone');
  const isServing = async (pid: number) => !/^gone$|\) Z /.test(await statusOf(pid));
  const io = (info: ConnectionInfo, ...commands: string[]) => run(qemuIo(info, commands, []));

  test('shows the size of the disk and its bytes, as any client asks for them', async () => {
    const info = await driver.connect(object, 'one', {}, rw);
    const uri = String(info.data['uri']);
    expect(uri).toMatch(/^nbd\+unix:\/\/\/volume-[-0-9a-f]+\?socket=\//);
    const { stdout } = await run(['qemu-img', 'info', '--output=json', uri]);
    expect(JSON.parse(stdout)).toMatchObject({ 'virtual-size': gib, format: 'raw' });
    await io(info, 'read -P 1 0 4096', 'write -P 7 1M 64k', 'read -P 7 1M 64k', 'read -P 0 2M 64k');
    await driver.close();
    driver = await openNbd(config());
    await io(info, 'read -P 7 1M 64k', 'write -P 8 2M 64k');
    expect(await readFileObject(config().directory, object.name, 2 * 2 ** 20, 1, run)).toEqual(Buffer.alloc(1, 8));
  });

  test('leads a session of its own, and is found again by the next process', async () => {
    const info = await driver.connect(object, 'one', {}, rw);
    const { pid } = await pidOf();
    const [, , , session] = (await statusOf(pid)).split(') ')[1]!.split(' ');
    expect(Number(session)).toBe(pid);
    await driver.close();
    driver = await openNbd(config());
    expect(await driver.connect(object, 'one', {}, rw)).toEqual(info);
    expect(await driver.connect(object, 'two', {}, rw)).toEqual(info);
    expect((await pidOf()).pid).toBe(pid);
    await driver.disconnect(object, 'one');
    expect(await isServing(pid)).toBe(true);
    await driver.disconnect(object, 'two');
    expect(await isServing(pid)).toBe(false);
    expect(await runFiles('')).toEqual([]);
  });

  test('that may only be read from takes no write', async () => {
    const info = await driver.connect(object, 'one', {}, ro);
    await io(info, 'read -P 1 0 4096').catch(() => undefined);
    await run(qemuIo(info, ['read -P 1 0 4096'], ['-r']));
    await expect(io(info, 'write -P 7 0 4096')).rejects.toThrow();
    expect(await readFileObject(config().directory, object.name, 0, 1, run)).toEqual(Buffer.alloc(1, 1));
  });

  test('for readers stands beside one for writers, of a raw disk', async () => {
    const reading = await driver.connect(object, 'one', {}, ro);
    const writing = await driver.connect(object, 'two', {}, rw);
    expect(reading.data['uri']).not.toBe(writing.data['uri']);
    await io(writing, 'write -P 7 0 4096', 'flush');
    await run(qemuIo(reading, ['read -P 7 0 4096'], ['-r']));
    await driver.disconnect(object, 'two');
    await run(qemuIo(reading, ['read -P 7 0 4096'], ['-r']));
  });

  test('of an overlay shows the disk, and is for readers or for writers', async () => {
    const clone = newRef();
    await driver.clone(object, clone, 2);
    const info = await driver.connect(clone, 'one', {}, rw);
    const { stdout } = await run(['qemu-img', 'info', '--output=json', String(info.data['uri'])]);
    expect(JSON.parse(stdout)).toMatchObject({ 'virtual-size': 2 * gib });
    await io(info, 'read -P 1 0 4096', 'write -P 7 0 4096');
    await expect(driver.connect(clone, 'two', {}, ro)).rejects.toMatchObject({ code: 'busy', object: clone.name });
    expect(await readFileObject(config().directory, object.name, 0, 1, run)).toEqual(Buffer.alloc(1, 1));
  });

  test('takes a qcow2 header in a raw disk for mere bytes', async () => {
    const file = join(home.path, 'image');
    await run(['qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', '/etc/hostname', file, '7G']);
    const disk = await written(driver, (await readFile(file)).subarray(0, 65_536));
    const info = await driver.connect(disk, 'one', {}, rw);
    const { stdout } = await run(['qemu-img', 'info', '--output=json', '-f', 'raw', String(info.data['uri'])]);
    expect(JSON.parse(stdout)).toMatchObject({ 'virtual-size': gib });
  });

  test('that was killed is started again where it was', async () => {
    await driver.close();
    const port = await anyFreePort('127.0.0.1');
    const byTcp = config({ transport: 'tcp', portFirst: port, portLast: port });
    driver = await openNbd(byTcp);
    const info = await driver.connect(object, 'one', {}, rw);
    expect(info).toMatchObject({
      driverVolumeType: 'nbd',
      data: { uri: `nbd://127.0.0.1:${port}/${object.name}`, host: '127.0.0.1', port, export: object.name },
    });
    process.kill((await pidOf()).pid, 'SIGKILL');
    expect(await driver.connect(object, 'one', {}, rw)).toEqual(info);
    await io(info, 'read -P 1 0 4096');
    const { pid } = await pidOf();
    process.kill(pid, 'SIGKILL');
    while (await isServing(pid)) await new Promise((resolve) => setImmediate(resolve));
    await driver.close();
    driver = await openNbd(byTcp);
    await io(info, 'read -P 1 0 4096');
    expect(warnings).toEqual([]);
  });

  test('that nobody is connected to any more is ended by the next process', async () => {
    await driver.connect(object, 'one', {}, rw);
    const { pid } = await pidOf();
    await driver.close();
    await rm(join(config().directory, `${object.name}.connections`), { recursive: true });
    driver = await openNbd(config());
    expect(await isServing(pid)).toBe(false);
    expect(await runFiles('')).toEqual([]);
  });

  test('of which nothing but the process is left is ended by the next process', async () => {
    await driver.connect(object, 'one', {}, rw);
    const { pid } = await pidOf();
    await driver.close();
    await rm(join(config().directory, `${object.name}.connections`), { recursive: true });
    for (const file of await runFiles('')) await rm(file);
    driver = await openNbd(config());
    expect(await isServing(pid)).toBe(false);
  });

  describe('by TCP, after a restart of the host', () => {
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
      driver = await openNbd(range(ports));
    };
    /** Nothing is left but what lies with the volumes: a run directory is in memory. */
    async function restartHost(ports: number): Promise<void> {
      await driver.close();
      for (const file of await runFiles('.pid')) {
        const pid = Number(await readFile(file, 'utf8'));
        process.kill(pid, 'SIGKILL');
        while (await isServing(pid)) await new Promise((resolve) => setImmediate(resolve));
      }
      await rm(join(home.path, 'run'), { recursive: true });
      driver = await openNbd(range(ports));
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
      process.kill((await pidOf()).pid, 'SIGKILL');
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
      process.kill((await pidOf()).pid, 'SIGKILL');
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

  test('of each of many is started again, some at once and never all', async () => {
    const objects = [object];
    for (let i = 0; i < restoredAtOnceMax + 2; i++) objects.push(newRef());
    for (const one of objects.slice(1)) await driver.createBlank(one, 1);
    const infos = await Promise.all(objects.map((one) => driver.connect(one, 'one', {}, rw)));
    await driver.close();
    for (const file of await runFiles('.pid')) process.kill(Number(await readFile(file, 'utf8')), 'SIGKILL');
    for (const file of await runFiles('')) await rm(file);
    let [running, most] = [0, 0];
    const counting: typeof run = async (argv, options) => {
      if (!argv.includes('--fork')) return run(argv, options);
      most = Math.max(most, (running += 1));
      try {
        return await run(argv, options);
      } finally {
        running -= 1;
      }
    };
    driver = await openNbd(config(), { ...environment, run: counting });
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(restoredAtOnceMax);
    for (const info of infos) await eventually(() => io(info, 'read 0 512'));
    expect(warnings).toEqual([]);
  });

  test('whose pid file is gone is not left behind', async () => {
    await driver.connect(object, 'one', {}, rw);
    const { pid, file } = await pidOf();
    await rm(file);
    await driver.disconnect(object, 'one');
    expect(await isServing(pid)).toBe(false);
  });

  test('is told from a stranger that has its pid by now', async () => {
    const stranger = spawn('sleep', ['60'], { stdio: 'ignore' });
    try {
      await driver.connect(object, 'one', {}, rw);
      const { pid, file } = await pidOf();
      process.kill(pid, 'SIGKILL');
      await writeFile(file, `${stranger.pid}\n`);
      const info = await driver.connect(object, 'one', {}, rw);
      await io(info, 'read -P 1 0 4096');
      await driver.disconnect(object, 'one');
      expect(stranger.exitCode).toBeNull();
      expect(await isServing(stranger.pid!)).toBe(true);
    } finally {
      stranger.kill();
      await once(stranger, 'close');
    }
  });

  test('that finds every port taken says busy, and leaves nothing', async () => {
    await driver.close();
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    try {
      driver = await openNbd(config({ transport: 'tcp', portFirst: port, portLast: port }));
      const refused = driver.connect(object, 'one', {}, rw);
      await expect(refused).rejects.toMatchObject({ code: 'busy', message: expect.stringContaining(String(port)) });
      expect(await runFiles('')).toEqual([]);
      await driver.disconnect(object, 'one');
      expect(await readdir(config().directory)).toEqual([object.name]);
    } finally {
      taken.close();
    }
  });

  test('keeps its disk from growing, and from being gone back', async () => {
    const snapshot = { object, name: `snapshot-${randomUUID()}` };
    await driver.createSnapshot(snapshot);
    await driver.connect(object, 'one', {}, rw);
    expect(driver.capabilities).toMatchObject({ extendsInUse: false, multiattach: true });
    await expect(driver.extend(object, 2)).rejects.toMatchObject({ code: 'busy' });
    await expect(driver.revertToSnapshot(snapshot)).rejects.toMatchObject({ code: 'busy' });
    await driver.disconnect(object, 'one');
    await driver.extend(object, 2);
    await driver.revertToSnapshot(snapshot);
    await driver.removeSnapshot(snapshot);
  });

  test.each([
    [
      'a folder whose name leaves no room for a socket',
      { runDirectory: `/${'x'.repeat(90)}` },
      /runDirectory.*too long/,
    ],
    ['ports the wrong way round', { runDirectory: '/run', portFirst: 2, portLast: 1 }, /nbd\.portLast/],
    ['every address', { runDirectory: '/run', transport: 'tcp', host: '0.0.0.0' }, /nbd\.host/],
    ['no folder', {}, /nbd\.runDirectory/],
  ])('cannot be had with %s', async (_, nbd, message) => {
    const opening = openNbd({ directory: home.path, nbd });
    await expect(opening).rejects.toMatchObject({ code: 'misconfigured', message: expect.stringMatching(message) });
  });

  test('cannot be had without saying where', async () => {
    const opening = openNbd({ directory: home.path });
    await expect(opening).rejects.toMatchObject({ code: 'misconfigured', message: expect.stringContaining('nbd') });
  });
});

/** Has a port, as any other program may. */
async function listening(port: number): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function newRef(): ObjectRef {
  return { pool: 'default', name: `volume-${randomUUID()}` };
}

async function written(driver: VolumeDriver, bytes: Uint8Array): Promise<ObjectRef> {
  const object = newRef();
  const writer = await driver.openWriter(object, 1);
  await writer.write(0, bytes);
  await writer.finish();
  return object;
}
