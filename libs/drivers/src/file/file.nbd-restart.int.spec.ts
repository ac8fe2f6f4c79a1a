import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import type { ObjectRef } from '@hearth/driver-api';
import { eventually } from '@hearth/testing';
import { anyFreePort } from '@hearth/testing/servers';
import { newRef, written } from '../testing/file-driver';
import { io, isServing, listening } from '../testing/nbd-driver';
import { NbdHouse } from '../testing/nbd-house';

jest.setTimeout(60_000);

const rw = { readOnly: false };

describe('a server by TCP, after a restart of the host', () => {
  let house: NbdHouse;
  beforeEach(async () => (house = await NbdHouse.open()));
  afterEach(() => house.close());

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
  const range = (ports: number) => house.config({ transport: 'tcp', portFirst: port, portLast: port + ports - 1 });
  const reopen = async (ports: number) => {
    await house.driver.close();
    await house.start(range(ports));
  };
  /** Nothing is left but what lies with the volumes: a run directory is in memory. */
  async function restartHost(ports: number): Promise<void> {
    await house.driver.close();
    for (const file of await house.files('.pid')) {
      const pid = Number(await readFile(file, 'utf8'));
      process.kill(pid, 'SIGKILL');
      while (await isServing(pid)) await new Promise((resolve) => setImmediate(resolve));
    }
    await rm(house.runDirectory, { recursive: true });
    await house.start(range(ports));
  }

  test('is where its clients were told, whoever is connected besides', async () => {
    await reopen(2);
    const wished = ({ name }: ObjectRef) => createHash('sha256').update(`${name} false`).digest().readUInt32BE(0) % 2;
    let other: ObjectRef;
    do other = { ...newRef() };
    while (wished(other) !== wished(house.object));
    await house.driver.createBlank(other, 1);
    await house.connect('one');
    const info = await house.driver.connect(other, 'two', {}, rw);
    await house.disconnect('one');
    await restartHost(2);
    await io(info, 'read -P 0 0 4096');
    expect(await house.driver.connect(other, 'two', {}, rw)).toEqual(info);
    expect(house.warnings).toEqual([]);
  });

  test('is nowhere else while a stranger has its port, which nobody else is told meanwhile', async () => {
    await reopen(1);
    const info = await house.connect('one');
    process.kill((await house.server()).pid, 'SIGKILL');
    const stranger = await eventually(() => listening(port));
    try {
      await restartHost(2);
      expect(house.warnings).toEqual(['cannot restore the NBD server of an object']);
      const other = await written(house.driver, Buffer.alloc(4096, 2));
      const { data } = await house.driver.connect(other, 'two', {}, rw);
      expect(data).toMatchObject({ port: port + 1 });
      await expect(house.connect('another')).rejects.toMatchObject({ code: 'busy' });
    } finally {
      stranger.close();
    }
    expect(await house.connect('another')).toEqual(info);
    await io(info, 'read -P 1 0 4096');
  });

  test('is told anew to the only client that asks for it', async () => {
    await reopen(2);
    const info = await house.connect('one');
    process.kill((await house.server()).pid, 'SIGKILL');
    const stranger = await eventually(() => listening(Number(info.data['port'])));
    try {
      const anew = await house.connect('one');
      expect(anew.data['port']).not.toBe(info.data['port']);
      await io(anew, 'read -P 1 0 4096');
    } finally {
      stranger.close();
    }
  });
});
