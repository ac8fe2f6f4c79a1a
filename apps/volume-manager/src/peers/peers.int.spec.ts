import { InMemoryEventStore } from '@hearth/event-sourcing';
import { TestAuthority, type TemporaryDirectory, eventually, temporaryDirectory } from '@hearth/testing';
import { createCipheriv, randomBytes, randomInt } from 'node:crypto';
import { copyFile } from 'node:fs/promises';
import { get } from 'node:https';
import { join } from 'node:path';
import { blockBytes } from '../fill/disk/content-digest';
import { CuttingProxy } from '../testing/cutting-proxy';
import { MemoryLivenessBoard } from '../testing/memory.liveness-board';
import { type Disk, PeerHouse, type PeerHouseOptions } from '../testing/peer-house';
import { offerPath } from './copy-protocol';

// Real connections between hosts, with certificates of an authority of the test's own.
jest.setTimeout(60_000);

const hourMs = 3_600_000;
const authority = new TestAuthority();
let folder: TemporaryDirectory;
let store: InMemoryEventStore;
let board: MemoryLivenessBoard;
let houses: PeerHouse[];
let proxies: CuttingProxy[];

beforeEach(async () => {
  folder = await temporaryDirectory();
  [store, board, houses, proxies] = [new InMemoryEventStore(), new MemoryLivenessBoard(), [], []];
});
afterEach(async () => {
  for (const house of houses) await house.close();
  for (const proxy of proxies) await proxy.stop();
  await folder.remove();
});

async function open(name: string, options: Partial<PeerHouseOptions> = {}): Promise<PeerHouse> {
  const files = options.files ?? (await authority.issue(join(folder.path, name), name));
  const house = await PeerHouse.open({ name, store, board, files, ...options });
  houses.push(house);
  return house;
}

/** Noise, with holes of all sizes between. */
function noisyDisk(blocks: readonly number[]): Disk {
  const noise = createCipheriv('aes-128-ctr', randomBytes(16), Buffer.alloc(16));
  return new Map(blocks.map((block) => [block, noise.update(Buffer.alloc(blockBytes))]));
}
const disk = noisyDisk([0, 1, 2, 5, 9, 10, 11, 12, 700, 1_023]);

const expectSame = (house: PeerHouse, name: string, expected: Disk) => {
  for (const [block, bytes] of expected) expect(house.read(name, block).equals(bytes)).toBe(true);
};

test('P2: what a peer has ready is written here, with the proof that the log has, and nothing else', async () => {
  const [giver, taker] = [await open('store-01'), await open('store-02')];
  const { content, contentDigest } = await giver.keep(disk);
  const { written, declined } = await taker.peers.fill(taker.order('volume-copy'), content);
  expect(declined).toEqual([]);
  expect(written).toMatchObject({
    ...{ contentDigest, verifiedBy: 'os_hash', signature: 'absent', virtualSizeBytes: 2 ** 30 },
    source: { kind: 'peer', host: 'store-01', declined: [] },
    bytesWritten: disk.size * blockBytes,
  });
  expectSame(taker, 'volume-copy', disk);
  expect(taker.backend.objects.get('volume-copy')).toMatchObject({ isWhole: true, sizeGib: 1 });
  expect(taker.steps.at(-1)).toEqual({ phase: 'peer', bytesDone: 2 ** 30, bytesTotal: 2 ** 30 });
  expect(Object.keys(written!.durationsMs)).toEqual(expect.arrayContaining(['find', 'transfer']));
});

test('of a disk of 10 GiB only its data moves, however it is spread', async () => {
  const [giver, taker] = [await open('store-01'), await open('store-02')];
  const page = Buffer.concat([Buffer.alloc(65_536, 7), Buffer.alloc(blockBytes - 65_536)]);
  const sparse: Disk = new Map([3, 4_000, 10_239].map((block) => [block, page]));
  const { content } = await giver.keep(sparse, { sizeGib: 10 });
  const { written } = await taker.peers.fill(taker.order('volume-copy'), content);
  expect(written!.bytesWritten).toBe(3 * 65_536);
  expect(written!.bytesDownloaded).toBeLessThan(3 * 65_536 + 1_000);
  expectSame(taker, 'volume-copy', sparse);
});

test('an image of nothing but zeros is filled too', async () => {
  const [giver, taker] = [await open('store-01'), await open('store-02')];
  const { content, contentDigest } = await giver.keep(new Map());
  const { written } = await taker.peers.fill(taker.order('volume-copy'), content);
  expect(written).toMatchObject({ contentDigest, bytesWritten: 0 });
});

test('nobody has it: nothing is written, and everybody is named', async () => {
  const [taker] = [await open('store-01'), await open('store-02'), await open('store-03')];
  const { written, declined } = await taker.peers.fill(taker.order('volume-copy'), 'sha512:00@nowhere');
  expect(written).toBeUndefined();
  expect([...declined].sort((one, other) => (one.host < other.host ? -1 : 1))).toEqual([
    { host: 'store-02', reason: 'no-copy' },
    { host: 'store-03', reason: 'no-copy' },
  ]);
  expect(taker.backend.objects.size).toBe(0);
});

describe('who is who', () => {
  async function declinedOf(taker: PeerHouse, content: string): Promise<string> {
    const { written, declined } = await taker.peers.fill(taker.order('volume-copy'), content);
    expect(written).toBeUndefined();
    expect(taker.backend.objects.size).toBe(0);
    expect(declined).toHaveLength(1);
    return declined[0]!.reason;
  }

  /** Why TLS refused those who asked, on the side of who was asked. */
  const refusedBy = (giver: PeerHouse) =>
    giver.log.lines
      .filter(({ message }) => message === 'a connection to the port for peers was refused')
      .map(({ fields }) => fields['certificate'] ?? (fields['error'] as NodeJS.ErrnoException).code);

  /** It does serve those whose certificate is in order. */
  async function expectServed(giver: PeerHouse, content: string): Promise<void> {
    const proper = await open('store-09');
    const { written } = await proper.peers.fill(proper.order('volume-copy'), content);
    expect(written?.source).toMatchObject({ host: giver.pool.split('@')[0] });
  }

  test('a peer whose certificate is of another authority is not believed', async () => {
    const stranger = await new TestAuthority('stranger').issue(join(folder.path, 'stranger'), 'store-01');
    const { authorities } = await authority.issue(join(folder.path, 'own'), 'store-01');
    const giver = await open('store-01', { files: { ...stranger, authorities } });
    const { content } = await giver.keep(disk);
    expect(await declinedOf(await open('store-02'), content)).toBe('untrusted');
  });

  test('who asks with a certificate of another authority gets nothing', async () => {
    const giver = await open('store-01');
    const { content } = await giver.keep(disk);
    const stranger = await new TestAuthority('stranger').issue(join(folder.path, 'stranger'), 'store-02');
    const { authorities } = await authority.issue(join(folder.path, 'own'), 'store-02');
    const taker = await open('store-02', { files: { ...stranger, authorities } });
    expect(await declinedOf(taker, content)).toBe('unreachable');
    expect(refusedBy(giver)).toEqual(['UNABLE_TO_VERIFY_LEAF_SIGNATURE']);
    await expectServed(giver, content);
  });

  test('who asks without a certificate gets nothing', async () => {
    const giver = await open('store-01');
    const { content } = await giver.keep(disk);
    const url = new URL(offerPath(content), giver.peers.url);
    const answer = new Promise((resolve, reject) => {
      get(url, { rejectUnauthorized: false }, resolve).on('error', reject);
    });
    await expect(answer).rejects.toMatchObject({ code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' });
    expect(refusedBy(giver)).toEqual(['ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE']);
    await expectServed(giver, content);
  });

  test('a peer that bears the certificate of another host is not believed', async () => {
    const giver = await open('store-03');
    const { content } = await giver.keep(disk);
    await board.withdraw('store-03');
    // Somebody on the way sends those who mean store-01 to store-03.
    await board.report({ ...reportOf('store-01'), peerUrl: giver.peers.url });
    expect(await declinedOf(await open('store-02'), content)).toBe('untrusted');
  });

  test('a host that is on no board gets nothing, whatever its certificate', async () => {
    const [giver, taker] = [await open('store-01'), await open('store-02')];
    const { content } = await giver.keep(disk);
    await board.withdraw('store-02');
    expect(await declinedOf(taker, content)).toBe('untrusted');
    expect(giver.log.lines).toContainEqual(expect.objectContaining({ level: 'warn', fields: { names: ['store-02'] } }));
  });

  test('a certificate that has expired, or is not valid yet, is not believed on either side', async () => {
    const [past, future] = [new Date(Date.now() - hourMs), new Date(Date.now() + hourMs)];
    const expired = await authority.issue(join(folder.path, 'expired'), 'store-01', { validTo: past });
    const giver = await open('store-01', { files: expired });
    const { content } = await giver.keep(disk);
    expect(await declinedOf(await open('store-02'), content)).toBe('untrusted');
    await board.withdraw('store-01');
    const good = await open('store-03');
    const kept = await good.keep(disk);
    const early = await authority.issue(join(folder.path, 'early'), 'store-04', { validFrom: future });
    await board.withdraw('store-02');
    const taker = await open('store-04', { files: early });
    expect(await declinedOf(taker, kept.content)).toBe('unreachable');
    expect(refusedBy(good)).toEqual(['CERT_NOT_YET_VALID']);
    await expectServed(good, kept.content);
  });
});

test('credentials that are renewed on the disk are used without a new start', async () => {
  const expired = await authority.issue(join(folder.path, 'store-01'), 'store-01', {
    validTo: new Date(Date.now() - hourMs),
  });
  const [giver, taker] = [await open('store-01', { files: expired, lookEveryMs: 20 }), await open('store-02')];
  const { content } = await giver.keep(disk);
  expect(await taker.peers.fill(taker.order('volume-copy'), content)).toMatchObject({ written: undefined });
  const renewed = await authority.issue(join(folder.path, 'renewed'), 'store-01');
  for (const part of ['certificate', 'key', 'authorities'] as const) await copyFile(renewed[part], expired[part]);
  await eventually(async () => (await taker.peers.fill(taker.order('volume-copy'), content)).written !== undefined);
});

describe('what the log does not bear out is not used', () => {
  async function reasonOf(taker: PeerHouse, content: string): Promise<string | undefined> {
    const { written, declined } = await taker.peers.fill(taker.order('volume-copy'), content);
    expect(written).toBeUndefined();
    expect(taker.backend.objects.size).toBe(0);
    return declined[0]?.reason;
  }

  test('a copy that was retired, which its host has not heard of', async () => {
    const [giver, taker] = [await open('store-01'), await open('store-02')];
    const { content, generation } = await giver.keep(disk);
    await giver.submit({ do: 'RetireEntry', generation, reason: 'verify-failed' }, { isNoticed: false });
    expect(await reasonOf(taker, content)).toBe('not-in-the-log');
  });

  test('a copy in the pool of somebody else', async () => {
    const [giver, taker] = [await open('store-01'), await open('store-02')];
    const { content } = await giver.keep(disk);
    const files = await authority.issue(join(folder.path, 'liar'), 'store-03');
    const liar = await PeerHouse.open({ name: 'store-03', store, board, files });
    houses.push(liar);
    await board.withdraw('store-01');
    liar.serveAs(giver);
    expect(await reasonOf(taker, content)).toBe('not-in-the-log');
  });

  test('a copy whose bytes are no longer those of its digest: it is reported, and nothing is left of it', async () => {
    const [giver, taker] = [await open('store-01'), await open('store-02')];
    const { content, object } = await giver.keep(disk);
    giver.backend.objects.get(object)!.pages.get(3)![77]! ^= 1;
    expect(await reasonOf(taker, content)).toBe('digest-mismatch');
    expect(taker.log.lines).toContainEqual(
      expect.objectContaining({ level: 'error', fields: expect.objectContaining({ host: 'store-01' }) as unknown }),
    );
  });

  test('a copy of which nobody knows whether it is signed, where signatures are verified', async () => {
    const [giver, taker] = [await open('store-01'), await open('store-02')];
    const lax = await open('store-03', { rules: { signaturesVerified: false, ignoredChecks: [] } });
    await board.withdraw('store-03');
    const { content } = await giver.keep(disk, { signature: 'unchecked' });
    expect(await reasonOf(taker, content)).toBe('signature-unchecked');
    await lax.report(lax.peers.url!);
    await eventually(async () => (await lax.peers.fill(lax.order('volume-copy'), content)).written !== undefined);
  });
});

describe('a transfer that breaks', () => {
  async function behindProxy(
    giver: PeerHouse,
    after: readonly number[],
    ending: 'cut' | 'silence' = 'cut',
  ): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(Number(new URL(giver.peers.url!).port), after, ending);
    proxies.push(proxy);
    await giver.report(await proxy.start());
    return proxy;
  }

  test('goes on where it broke, wherever that is', async () => {
    const [giver, taker] = [await open('store-01'), await open('store-02')];
    const { content, contentDigest } = await giver.keep(disk);
    // The first connection is the question; a frame of 1 MiB has to come whole once in a while.
    const cuts = [2 ** 30, ...Array.from({ length: 6 }, () => randomInt(10_000, 3 * blockBytes)), 2 ** 30];
    const proxy = await behindProxy(giver, cuts);
    const { written } = await taker.peers.fill(taker.order('volume-copy'), content);
    expect(written?.contentDigest).toBe(contentDigest);
    expect(proxy.connections).toBeGreaterThan(2);
    expectSame(taker, 'volume-copy', disk);
  });

  test('by falling silent goes on too', async () => {
    const [giver, taker] = [await open('store-01'), await open('store-02', { patience: { stallTimeoutMs: 1_000 } })];
    const { content, contentDigest } = await giver.keep(disk);
    const proxy = await behindProxy(giver, [2 ** 30, 3 * blockBytes, 2 ** 30], 'silence');
    const { written } = await taker.peers.fill(taker.order('volume-copy'), content);
    expect(written?.contentDigest).toBe(contentDigest);
    expect(proxy.connections).toBeGreaterThan(2);
  });

  test('again and again, without an end, is given up, and nothing is left', async () => {
    const [giver, taker] = [await open('store-01'), await open('store-02')];
    const { content } = await giver.keep(disk);
    await behindProxy(giver, [2 ** 30, 3 * blockBytes, 20_000]);
    const { written, declined } = await taker.peers.fill(taker.order('volume-copy'), content);
    expect(written).toBeUndefined();
    expect(declined).toEqual([{ host: 'store-01', reason: 'broken-off' }]);
    expect(taker.backend.objects.size).toBe(0);
  });

  test('because the copy was removed is given up at once, and nothing is left', async () => {
    const [giver, taker] = [await open('store-01'), await open('store-02')];
    const { content, object } = await giver.keep(noisyDisk(Array.from({ length: 64 }, (_, block) => block)));
    const order = taker.order('volume-copy');
    const onStep = () => void giver.backend.objects.delete(object);
    const { written, declined } = await taker.peers.fill({ ...order, onStep }, content);
    expect(written).toBeUndefined();
    expect(declined).toEqual([{ host: 'store-01', reason: 'gone' }]);
    expect(taker.backend.objects.size).toBe(0);
  });

  test('by our own end throws its reason, and nothing is left', async () => {
    const [giver, taker] = [await open('store-01'), await open('store-02')];
    const { content } = await giver.keep(noisyDisk(Array.from({ length: 64 }, (_, block) => block)));
    const ending = new AbortController();
    const order = { ...taker.order('volume-copy', ending.signal), onStep: () => ending.abort(new Error('the end')) };
    await expect(taker.peers.fill(order, content)).rejects.toThrow('the end');
    expect(taker.backend.objects.size).toBe(0);
  });

  test('because the backend here is full is our failure, not the peer’s', async () => {
    const [giver, taker] = [await open('store-01'), await open('store-02')];
    const { content } = await giver.keep(disk);
    const order = taker.order('volume-copy');
    const open2 = async (bytes: number, data: number) => {
      const writer = await order.open(bytes, data);
      return { ...writerOf(writer), write: () => Promise.reject(new Error('no room')) };
    };
    await expect(taker.peers.fill({ ...order, open: open2 }, content)).rejects.toThrow('no room');
    expect(taker.backend.objects.size).toBe(0);
  });
});

test('who serves as many as it may says so, and the next peer is asked', async () => {
  const busy = await open('store-01', { servesAtOnceMax: 1 });
  const [first, second] = [await open('store-02'), await open('store-03')];
  const { content } = await busy.keep(disk);
  let begun: () => void = () => undefined;
  let goOn: () => void = () => undefined;
  const isBegun = new Promise<void>((resolve) => (begun = resolve));
  const held = new Promise<void>((resolve) => (goOn = resolve));
  const order = first.order('volume-copy');
  const open1 = async (bytes: number, data: number) => {
    begun();
    await held;
    return order.open(bytes, data);
  };
  const filling = first.peers.fill({ ...order, open: open1 }, content);
  await isBegun;
  const { written, declined } = await second.peers.fill(second.order('volume-copy'), content);
  expect(written).toBeUndefined();
  expect(declined).toContainEqual({ host: 'store-01', reason: 'busy' });
  goOn();
  expect((await filling).written).toBeDefined();
  await eventually(async () => (await second.peers.fill(second.order('volume-copy'), content)).written !== undefined);
});

test('who takes nothing of what is sent loses its place', async () => {
  const giver = await open('store-01', { servesAtOnceMax: 1, patience: { stallTimeoutMs: 300 } });
  const [lazy, keen] = [await open('store-02'), await open('store-03')];
  const { content } = await giver.keep(noisyDisk(Array.from({ length: 64 }, (_, block) => block)));
  const order = lazy.order('volume-copy');
  let wake: () => void = () => undefined;
  const asleep = new Promise<void>((resolve) => (wake = resolve));
  const sleepy = async (bytes: number, data: number) => {
    await asleep;
    return order.open(bytes, data);
  };
  const filling = lazy.peers.fill({ ...order, open: sleepy }, content);
  await eventually(async () => (await keen.peers.fill(keen.order('volume-copy'), content)).written !== undefined);
  wake();
  expect((await filling).written).toBeDefined();
});

test('with many hosts sixteen are asked, and not always the same', async () => {
  const taker = await open('store-01');
  const asked = new Set<string>();
  for (let host = 0; host < 40; host += 1) {
    await board.report({ ...reportOf(`far-${host}`), peerUrl: 'https://127.0.0.1:1' });
  }
  for (let round = 0; round < 3; round += 1) {
    const { declined } = await taker.peers.fill(taker.order('volume-copy'), 'any');
    expect(declined).toHaveLength(16);
    for (const { host, reason } of declined) {
      expect(reason).toBe('unreachable');
      asked.add(host);
    }
  }
  expect(asked.size).toBeGreaterThan(16);
});

function reportOf(host: string) {
  return { host, incarnation: 'x', reportedAt: '2030-01-01T00:00:00.000Z', version: '0', pools: [], down: [] };
}

/** A writer's methods, so that one of them can be another. */
function writerOf(writer: Awaited<ReturnType<ReturnType<PeerHouse['order']>['open']>>) {
  return {
    read: writer.read.bind(writer),
    finish: writer.finish.bind(writer),
    abort: writer.abort.bind(writer),
  };
}
