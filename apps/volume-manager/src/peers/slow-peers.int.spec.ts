import type { ObjectReader, VolumeDriver } from '@hearth/driver-api';
import { InMemoryEventStore } from '@hearth/event-sourcing';
import { TestAuthority, type TemporaryDirectory, eventually, temporaryDirectory } from '@hearth/testing';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { join } from 'node:path';
import { blockBytes } from '../fill/disk/content-digest';
import { CuttingProxy } from '../testing/cutting-proxy';
import { MemoryLivenessBoard } from '../testing/memory.liveness-board';
import { type Disk, type KeptCopy, PeerHouse, type PeerHouseOptions } from '../testing/peer-house';
import { SlowProxy } from '../testing/slow-proxy';
import { dataHead, zerosFrame } from './frames';

// Peers, connections and backends that do something, but next to nothing: nobody may be held by them.
jest.setTimeout(60_000);

const authority = new TestAuthority();
const once1 = { fruitlessMax: 1, resumptionsMax: 20, progressBytes: 1, pauseMs: 5, pauseMsMax: 5 };
let folder: TemporaryDirectory;
let store: InMemoryEventStore;
let board: MemoryLivenessBoard;
let endings: (() => Promise<unknown>)[];

beforeEach(async () => {
  folder = await temporaryDirectory();
  [store, board, endings] = [new InMemoryEventStore(), new MemoryLivenessBoard(), []];
});
afterEach(async () => {
  for (const end of endings.reverse()) await end();
  await folder.remove();
});

async function open(name: string, options: Partial<PeerHouseOptions> = {}): Promise<PeerHouse> {
  const files = await authority.issue(join(folder.path, name), name);
  const house = await PeerHouse.open({ name, store, board, files, ...options });
  endings.push(() => house.close());
  return house;
}

const noise = (blocks: number): Disk =>
  new Map(Array.from({ length: blocks }, (_, block) => [block, randomBytes(blockBytes)]));

/** Shows a house's copy as it does, and answers with something else when asked for the disk. */
async function impostor(of: PeerHouse, { generation, contentDigest }: KeptCopy, send: (to: ServerResponse) => void) {
  const files = await authority.issue(join(folder.path, 'impostor'), 'store-01');
  const [cert, key] = [await readFile(files.certificate), await readFile(files.key)];
  const server = createServer({ cert, key }, (request, response) => {
    if (request.url?.includes('/disk')) return send(response);
    response.end(JSON.stringify({ pool: of.pool, generation, contentDigest }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  endings.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  await of.report(`https://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

/** Something every so many milliseconds, without an end. */
function every(ms: number, response: ServerResponse, next: () => Buffer): void {
  const timer = setInterval(() => response.write(next()), ms);
  response.on('close', () => clearInterval(timer));
}

describe('a peer is left for the image service', () => {
  const patience = { stallTimeoutMs: 2_000, minimum: { bytes: blockBytes, withinMs: 300 } };

  test('that sends a byte now and then', async () => {
    const [giver, taker] = [
      await open('store-01'),
      await open('store-02', { patience: { ...patience, resume: once1 } }),
    ];
    const copy = await giver.keep(noise(1));
    const bytes = randomBytes(blockBytes);
    const frame = Buffer.concat([dataHead({ offset: 0, lengthBytes: blockBytes, encoding: 'raw', bytes }), bytes]);
    // Each connection begins at the frame's head: what goes on in the middle of one would be refused as no stream at all.
    await impostor(giver, copy, (response) => {
      let at = 0;
      every(5, response, () => frame.subarray(at, (at += 1)));
    });
    const { written, declined } = await taker.peers.fill(taker.order('volume-copy'), copy.content);
    expect(written).toBeUndefined();
    expect(declined).toEqual([{ host: 'store-01', reason: 'broken-off' }]);
    expect(taker.backend.objects.size).toBe(0);
  });

  test('that tells of zeros now and then', async () => {
    const [giver, taker] = [
      await open('store-01'),
      await open('store-02', { patience: { ...patience, resume: once1 } }),
    ];
    const copy = await giver.keep(noise(1));
    let part = 0;
    await impostor(giver, copy, (response) => every(20, response, () => zerosFrame((part += 1) * 65_536)));
    const { declined } = await taker.peers.fill(taker.order('volume-copy'), copy.content);
    expect(declined).toEqual([{ host: 'store-01', reason: 'broken-off' }]);
  });

  test('whose attempts all bring a little, once they have taken long enough together', async () => {
    const resume = { ...once1, progressBytes: 65_536, resumptionsMax: 1_000_000, fruitlessMax: 1_000_000 };
    const told = { ...patience, stallTimeoutMs: 100, resume, fruitlessMsMax: 600 };
    const [giver, taker] = [await open('store-01'), await open('store-02', { patience: told })];
    const copy = await giver.keep(noise(1));
    let asked = 0;
    await impostor(giver, copy, (response) => {
      asked += 1;
      response.write(zerosFrame(0));
    });
    const { declined } = await taker.peers.fill(taker.order('volume-copy'), copy.content);
    expect(declined).toEqual([{ host: 'store-01', reason: 'broken-off' }]);
    expect(asked).toBeGreaterThan(1);
    expect(asked).toBeLessThan(10);
  });
});

test('a connection that falls silent while we are busy is noticed when we wait for it again', async () => {
  const giver = await open('store-01');
  const taker = await open('store-02', { patience: { stallTimeoutMs: 300 } });
  const { content, contentDigest } = await giver.keep(noise(8));
  const port = Number(new URL(giver.peers.url!).port);
  const proxy = new CuttingProxy(port, [2 ** 30, 40_000, 2 ** 30], 'silence');
  endings.push(() => proxy.stop());
  await giver.report(await proxy.start());
  const order = taker.order('volume-copy');
  const open1 = async (bytes: number, data: number) => {
    await pause(900);
    return order.open(bytes, data);
  };
  const { written } = await taker.peers.fill({ ...order, open: open1 }, content);
  expect(written?.contentDigest).toBe(contentDigest);
});

test('who takes too little of what is sent loses its place, and goes on when there is one', async () => {
  const minimum = { bytes: 2 * blockBytes, withinMs: 300 };
  const giver = await open('store-01', { servesAtOnceMax: 1, patience: { minimum } });
  const resume = { ...once1, fruitlessMax: 100 };
  const [lazy, keen] = [await open('store-02', { patience: { resume } }), await open('store-03')];
  const { content } = await giver.keep(noise(24));
  const port = Number(new URL(giver.peers.url!).port);
  const proxy = new SlowProxy(port, 2_000);
  endings.push(() => proxy.stop());
  const direct = giver.peers.url!;
  await giver.report(await proxy.start());
  const ending = new AbortController();
  const filling = lazy.peers.fill(lazy.order('volume-copy', ending.signal), content).catch(() => undefined);
  await eventually(async () =>
    giver.log.lines.some(({ fields }) => String(fields['error']).includes('takes too little')),
  );
  ending.abort();
  await filling;
  await giver.report(direct);
  await eventually(async () => (await keen.peers.fill(keen.order('volume-copy'), content)).written !== undefined);
});

/** A backend whose reads never come back while it is told to hang. */
function hanging() {
  const state = { isHanging: true, closed: 0, comeBack: [] as (() => void)[] };
  const readBy = (driver: VolumeDriver) => ({
    openReader: async (object: Parameters<VolumeDriver['openReader']>[0]): Promise<ObjectReader> => {
      const reader = await driver.openReader(object);
      return {
        sizeBytes: reader.sizeBytes,
        extents: () => reader.extents(),
        read: async (offset, target) => {
          if (state.isHanging) await new Promise<void>((resolve) => state.comeBack.push(resolve));
          await reader.read(offset, target);
        },
        close: async () => {
          state.closed += 1;
          await reader.close();
        },
      };
    },
  });
  return { state, readBy };
}

test('a read that hangs keeps no place when the peer has left, and its reader is closed when it comes back', async () => {
  const { state, readBy } = hanging();
  const giver = await open('store-01', { servesAtOnceMax: 1, readBy });
  const taker = await open('store-02', { patience: { stallTimeoutMs: 200, resume: once1 } });
  const { content } = await giver.keep(noise(4));
  const first = await taker.peers.fill(taker.order('volume-copy'), content);
  expect(first.declined).toEqual([{ host: 'store-01', reason: 'broken-off' }]);
  expect(state.closed).toBe(0);
  const hung = state.comeBack.splice(0);
  state.isHanging = false;
  // The giver sees only a while later that the other has left; and this one waits as long as a busy machine takes.
  const patient = await open('store-03');
  await eventually(
    async () => (await patient.peers.fill(patient.order('volume-copy'), content)).written !== undefined,
    { timeoutMs: 60_000 },
  );
  expect(state.closed).toBe(1);
  for (const comeBack of hung) comeBack();
  await eventually(async () => state.closed === 3);
});

test('a backend that answers nobody is asked by no more than a few', async () => {
  const { state, readBy } = hanging();
  const giver = await open('store-01', { servesAtOnceMax: 1, readBy });
  const taker = await open('store-02', { patience: { stallTimeoutMs: 100, resume: { ...once1, fruitlessMax: 0 } } });
  const { content } = await giver.keep(noise(1));
  const reasons: (string | undefined)[] = [];
  for (let round = 0; round < 6; round += 1) {
    reasons.push((await taker.peers.fill(taker.order('volume-copy'), content)).declined[0]?.reason);
  }
  expect(reasons).toEqual(['broken-off', 'broken-off', 'broken-off', 'broken-off', 'busy', 'busy']);
  state.isHanging = false;
  for (const comeBack of state.comeBack.splice(0)) comeBack();
  await eventually(async () => (await taker.peers.fill(taker.order('volume-copy'), content)).written !== undefined, {
    timeoutMs: 60_000,
  });
});

test('zeros that count as data do not break a transfer, however long they take to be read', async () => {
  const readBy = (driver: VolumeDriver) => ({
    openReader: async (object: Parameters<VolumeDriver['openReader']>[0]): Promise<ObjectReader> => {
      const reader = await driver.openReader(object);
      return {
        sizeBytes: reader.sizeBytes,
        extents: async function* () {
          yield { offset: 0, length: reader.sizeBytes };
        },
        read: async (offset, target) => {
          await pause(12);
          await reader.read(offset, target);
        },
        close: () => reader.close(),
      };
    },
  });
  const giver = await open('store-01', { readBy });
  const taker = await open('store-02', { patience: { stallTimeoutMs: 2_000, resume: { ...once1, fruitlessMax: 0 } } });
  const { content } = await giver.keep(
    new Map([
      [0, randomBytes(blockBytes)],
      [700, randomBytes(blockBytes)],
    ]),
  );
  const { written, declined } = await taker.peers.fill(taker.order('volume-copy'), content);
  expect(declined).toEqual([]);
  expect(written?.bytesWritten).toBe(2 * blockBytes);
});

test('over a slow connection data that shrinks travels compressed, and arrives as it was', async () => {
  const [giver, taker] = [await open('store-01'), await open('store-02')];
  const text = (block: number) =>
    Buffer.concat(
      Array.from({ length: blockBytes / 1_024 }, (_, line) =>
        Buffer.from(`line ${line} of block ${block}, which shrinks, `.repeat(40).slice(0, 1_024)),
      ),
    );
  const disk: Disk = new Map(Array.from({ length: 64 }, (_, block) => [block, text(block)]));
  const { content, contentDigest } = await giver.keep(disk);
  // So slow that compressing pays on a machine that is busy too: it is what other work leaves time for.
  const proxy = new SlowProxy(Number(new URL(giver.peers.url!).port), 4_000);
  endings.push(() => proxy.stop());
  await giver.report(await proxy.start());
  const { written, declined } = await taker.peers.fill(taker.order('volume-copy'), content);
  expect(declined).toEqual([]);
  expect(written?.contentDigest).toBe(contentDigest);
  expect(written!.bytesDownloaded).toBeLessThan(0.8 * disk.size * blockBytes);
  for (const [block, bytes] of disk) expect(taker.read('volume-copy', block).equals(bytes)).toBe(true);
});
