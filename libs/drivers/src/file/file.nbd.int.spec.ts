import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { connectionConformance } from '@hearth/driver-api/testing';
import { eventually, temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { anyFreePort, type MountedFilesystem, withFilesystem } from '@hearth/testing/servers';
import { fileGuest, qemuIo } from '../testing/file-guest';
import { restoredAtOnceMax } from './nbd-upkeep';
import { readFileObject } from '../testing/read-file-object';
import { newRef, run, written } from '../testing/file-driver';
import { io, isServing, openNbd } from '../testing/nbd-driver';
import { NbdHouse } from '../testing/nbd-house';

jest.setTimeout(60_000);

const rw = { readOnly: false };
const ro = { readOnly: true };
const gib = 2 ** 30;

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
  let house: NbdHouse;
  beforeEach(async () => (house = await NbdHouse.open()));
  afterEach(() => house.close());

  test('shows the size of the disk and its bytes, as any client asks for them', async () => {
    const info = await house.connect('one');
    const uri = String(info.data['uri']);
    expect(uri).toMatch(/^nbd\+unix:\/\/\/volume-[-0-9a-f]+\?socket=\//);
    const { stdout } = await run(['qemu-img', 'info', '--output=json', uri]);
    expect(JSON.parse(stdout)).toMatchObject({ 'virtual-size': gib, format: 'raw' });
    await io(info, 'read -P 1 0 4096', 'write -P 7 1M 64k', 'read -P 7 1M 64k', 'read -P 0 2M 64k');
    await house.driver.close();
    await house.start();
    await io(info, 'read -P 7 1M 64k', 'write -P 8 2M 64k');
    expect(await readFileObject(house.config().directory, house.object.name, 2 * 2 ** 20, 1, run)).toEqual(
      Buffer.alloc(1, 8),
    );
  });

  test('leads a session of its own, and is found again by the next process', async () => {
    const info = await house.connect('one');
    const { pid } = await house.server();
    const [, , , session] = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]!.split(' ');
    expect(Number(session)).toBe(pid);
    await house.driver.close();
    await house.start();
    expect(await house.connect('one')).toEqual(info);
    expect(await house.connect('two')).toEqual(info);
    expect((await house.server()).pid).toBe(pid);
    await house.disconnect('one');
    expect(await isServing(pid)).toBe(true);
    await house.disconnect('two');
    expect(await isServing(pid)).toBe(false);
    expect(await house.files('')).toEqual([]);
  });

  test('that may only be read from takes no write', async () => {
    const info = await house.connect('one', ro);
    await io(info, 'read -P 1 0 4096').catch(() => undefined);
    await run(qemuIo(info, ['read -P 1 0 4096'], ['-r']));
    await expect(io(info, 'write -P 7 0 4096')).rejects.toThrow();
    expect(await readFileObject(house.config().directory, house.object.name, 0, 1, run)).toEqual(Buffer.alloc(1, 1));
  });

  test('for readers stands beside one for writers, of a raw disk', async () => {
    const reading = await house.connect('one', ro);
    const writing = await house.connect('two');
    expect(reading.data['uri']).not.toBe(writing.data['uri']);
    await io(writing, 'write -P 7 0 4096', 'flush');
    await run(qemuIo(reading, ['read -P 7 0 4096'], ['-r']));
    await house.disconnect('two');
    await run(qemuIo(reading, ['read -P 7 0 4096'], ['-r']));
  });

  test('of an overlay shows the disk, and is for readers or for writers', async () => {
    const clone = newRef();
    await house.driver.clone(house.object, clone, 2);
    const info = await house.driver.connect(clone, 'one', {}, rw);
    const { stdout } = await run(['qemu-img', 'info', '--output=json', String(info.data['uri'])]);
    expect(JSON.parse(stdout)).toMatchObject({ 'virtual-size': 2 * gib });
    await io(info, 'read -P 1 0 4096', 'write -P 7 0 4096');
    await expect(house.driver.connect(clone, 'two', {}, ro)).rejects.toMatchObject({
      code: 'busy',
      object: clone.name,
    });
    expect(await readFileObject(house.config().directory, house.object.name, 0, 1, run)).toEqual(Buffer.alloc(1, 1));
  });

  test('takes a qcow2 header in a raw disk for mere bytes', async () => {
    const file = house.at('image');
    await run(['qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', '/etc/hostname', file, '7G']);
    const disk = await written(house.driver, (await readFile(file)).subarray(0, 65_536));
    const info = await house.driver.connect(disk, 'one', {}, rw);
    const { stdout } = await run(['qemu-img', 'info', '--output=json', '-f', 'raw', String(info.data['uri'])]);
    expect(JSON.parse(stdout)).toMatchObject({ 'virtual-size': gib });
  });

  test('that was killed is started again where it was', async () => {
    await house.driver.close();
    const port = await anyFreePort('127.0.0.1');
    const byTcp = house.config({ transport: 'tcp', portFirst: port, portLast: port });
    await house.start(byTcp);
    const info = await house.connect('one');
    expect(info).toMatchObject({
      driverVolumeType: 'nbd',
      data: { uri: `nbd://127.0.0.1:${port}/${house.object.name}`, host: '127.0.0.1', port, export: house.object.name },
    });
    process.kill((await house.server()).pid, 'SIGKILL');
    expect(await house.connect('one')).toEqual(info);
    await io(info, 'read -P 1 0 4096');
    const { pid } = await house.server();
    process.kill(pid, 'SIGKILL');
    while (await isServing(pid)) await new Promise((resolve) => setImmediate(resolve));
    await house.driver.close();
    await house.start(byTcp);
    await io(info, 'read -P 1 0 4096');
    expect(house.warnings).toEqual([]);
  });

  test('that nobody is connected to any more is ended by the next process', async () => {
    await house.connect('one');
    const { pid } = await house.server();
    await house.driver.close();
    await rm(join(house.config().directory, `${house.object.name}.connections`), { recursive: true });
    await house.start();
    expect(await isServing(pid)).toBe(false);
    expect(await house.files('')).toEqual([]);
  });

  test('of which nothing but the process is left is ended by the next process', async () => {
    await house.connect('one');
    const { pid } = await house.server();
    await house.driver.close();
    await rm(join(house.config().directory, `${house.object.name}.connections`), { recursive: true });
    for (const file of await house.files('')) await rm(file);
    await house.start();
    expect(await isServing(pid)).toBe(false);
  });

  test('of each of many is started again, some at once and never all', async () => {
    const objects = [house.object];
    for (let i = 0; i < restoredAtOnceMax + 2; i++) objects.push(newRef());
    for (const one of objects.slice(1)) await house.driver.createBlank(one, 1);
    const infos = await Promise.all(objects.map((one) => house.driver.connect(one, 'one', {}, rw)));
    await house.driver.close();
    for (const file of await house.files('.pid')) process.kill(Number(await readFile(file, 'utf8')), 'SIGKILL');
    for (const file of await house.files('')) await rm(file);
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
    await house.start(house.config(), counting);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(restoredAtOnceMax);
    for (const info of infos) await eventually(() => io(info, 'read 0 512'));
    expect(house.warnings).toEqual([]);
  });

  test('whose pid file is gone is not left behind', async () => {
    await house.connect('one');
    const { pid, file } = await house.server();
    await rm(file);
    await house.disconnect('one');
    expect(await isServing(pid)).toBe(false);
  });

  test('is told from a stranger that has its pid by now', async () => {
    const stranger = spawn('sleep', ['60'], { stdio: 'ignore' });
    try {
      await house.connect('one');
      const { pid, file } = await house.server();
      process.kill(pid, 'SIGKILL');
      await writeFile(file, `${stranger.pid}\n`);
      const info = await house.connect('one');
      await io(info, 'read -P 1 0 4096');
      await house.disconnect('one');
      expect(stranger.exitCode).toBeNull();
      expect(await isServing(stranger.pid!)).toBe(true);
    } finally {
      stranger.kill();
      await once(stranger, 'close');
    }
  });

  test('that finds every port taken says busy, and leaves nothing', async () => {
    await house.driver.close();
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    try {
      await house.start(house.config({ transport: 'tcp', portFirst: port, portLast: port }));
      const refused = house.connect('one');
      await expect(refused).rejects.toMatchObject({ code: 'busy', message: expect.stringContaining(String(port)) });
      expect(await house.files('')).toEqual([]);
      await house.disconnect('one');
      expect(await readdir(house.config().directory)).toEqual([house.object.name]);
    } finally {
      taken.close();
    }
  });

  test('keeps its disk from growing, and from being gone back', async () => {
    const snapshot = { object: house.object, name: `snapshot-${randomUUID()}` };
    await house.driver.createSnapshot(snapshot);
    await house.connect('one');
    expect(house.driver.capabilities).toMatchObject({ extendsInUse: false, multiattach: true });
    await expect(house.driver.extend(house.object, 2)).rejects.toMatchObject({ code: 'busy' });
    await expect(house.driver.revertToSnapshot(snapshot)).rejects.toMatchObject({ code: 'busy' });
    await house.disconnect('one');
    await house.driver.extend(house.object, 2);
    await house.driver.revertToSnapshot(snapshot);
    await house.driver.removeSnapshot(snapshot);
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
    const opening = openNbd({ directory: house.home.path, nbd });
    await expect(opening).rejects.toMatchObject({ code: 'misconfigured', message: expect.stringMatching(message) });
  });

  test('cannot be had without saying where', async () => {
    const opening = openNbd({ directory: house.home.path });
    await expect(opening).rejects.toMatchObject({ code: 'misconfigured', message: expect.stringContaining('nbd') });
  });
});
