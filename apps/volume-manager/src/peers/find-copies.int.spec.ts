import { InMemoryEventStore } from '@hearth/event-sourcing';
import { TestAuthority, type TemporaryDirectory, temporaryDirectory } from '@hearth/testing';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type Server, createServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { blockBytes } from '../fill/disk/content-digest';
import { MemoryLivenessBoard } from '../testing/memory.liveness-board';
import { type Disk, PeerHouse, type PeerHouseOptions } from '../testing/peer-house';
import type { CopyOffer } from './copy-protocol';

// What a copy of another's has to be before any of it is fetched. Peers that lie have a certificate, and a place on the board.
jest.setTimeout(60_000);

const authority = new TestAuthority();
let folder: TemporaryDirectory;
let store: InMemoryEventStore;
let board: MemoryLivenessBoard;
let houses: PeerHouse[];
let servers: Server[];

beforeEach(async () => {
  folder = await temporaryDirectory();
  [store, board, houses, servers] = [new InMemoryEventStore(), new MemoryLivenessBoard(), [], []];
});
afterEach(async () => {
  for (const house of houses) await house.close();
  for (const server of servers) server.close().closeAllConnections();
  await folder.remove();
});

async function open(name: string, options: Partial<PeerHouseOptions> = {}): Promise<PeerHouse> {
  const files = await authority.issue(join(folder.path, name), name);
  const house = await PeerHouse.open({ name, store, board, files, ...options });
  houses.push(house);
  return house;
}

const disk: Disk = new Map([[3, randomBytes(blockBytes)]]);

/** Has nothing: an object that a declined fill had begun would be left here. */
async function declinedOf(taker: PeerHouse, content: string): Promise<(string | undefined)[]> {
  const { written, declined } = await taker.peers.fill(taker.order('volume-copy'), content);
  expect(written).toBeUndefined();
  expect(taker.backend.objects.size).toBe(0);
  return declined.map(({ reason }) => reason);
}

/** In the place of a host: offers this copy for whatever it is asked, and answers every other request with the status. */
async function offerAs(host: PeerHouse, offer: CopyOffer, { diskStatus = 500 } = {}): Promise<void> {
  const name = host.pool.split('@')[0]!;
  const { certificate, key } = await authority.issue(join(folder.path, `lying-${name}`), name);
  const server = createServer({ cert: await readFile(certificate), key: await readFile(key) }, ({ url }, response) => {
    if (url?.includes('content=')) response.end(JSON.stringify(offer));
    else response.writeHead(diskStatus).end();
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await host.report(`https://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

describe('a digest that only a look at an old copy has found', () => {
  async function oldCopy(giver: PeerHouse) {
    const { content, generation, contentDigest } = await giver.keep(disk, { contentDigest: null });
    const found = { generation, contentDigest, at: '2030-01-02T00:00:00.000Z', bytesRead: 1, durationMs: 1 };
    await giver.submit({ do: 'RecordVerification', found });
    return { content, generation, contentDigest };
  }

  test('is not offered', async () => {
    const [giver, taker] = [await open('store-01'), await open('store-02')];
    const { content } = await oldCopy(giver);
    expect(await declinedOf(taker, content)).toEqual(['no-copy']);
  });

  test('is not taken either, whoever offers it', async () => {
    const [giver, taker] = [await open('store-01'), await open('store-02')];
    const { content, generation, contentDigest } = await oldCopy(giver);
    await offerAs(giver, { pool: giver.pool, generation, contentDigest });
    expect(await declinedOf(taker, content)).toEqual(['not-in-the-log']);
  });
});

describe('what is offered has to be the image that was asked for', () => {
  test('P2: a good copy of another image is not taken, though the log has it', async () => {
    const [giver, taker] = [await open('store-01'), await open('store-02')];
    const [wanted, other] = [await giver.keep(disk), await giver.keep(new Map([[0, randomBytes(blockBytes)]]))];
    const { generation, contentDigest } = other;
    await offerAs(giver, { pool: giver.pool, generation, contentDigest });
    expect(await declinedOf(taker, wanted.content)).toEqual(['not-in-the-log']);
  });

  test('whose log is read is not for a peer to say', async () => {
    const [giver, other, taker] = [await open('store-01'), await open('store-02'), await open('store-03')];
    const { content, generation, contentDigest } = await other.keep(disk);
    await board.withdraw('store-02');
    await offerAs(giver, { pool: other.pool, generation, contentDigest });
    const read = jest.spyOn(store, 'read');
    expect(await declinedOf(taker, content)).toEqual(['not-in-the-log']);
    expect(read).not.toHaveBeenCalled();
  });

  test('a digest beside that of the log is not taken', async () => {
    const [giver, taker] = [await open('store-01'), await open('store-02')];
    const { content, generation } = await giver.keep(disk);
    await offerAs(giver, { pool: giver.pool, generation, contentDigest: `sha256-1m:${'0'.repeat(64)}` });
    expect(await declinedOf(taker, content)).toEqual(['not-in-the-log']);
  });
});

describe('what was proven there has to be what would be proven here', () => {
  test('a copy whose image failed a check that is not passed over here', async () => {
    const rules = { signaturesVerified: true, ignoredChecks: ['backing-file', 'unknown-format'] };
    const [giver, strict] = [await open('store-01', { rules }), await open('store-02')];
    const alike = await open('store-03', { rules });
    const { content } = await giver.keep(disk, { ignoredChecks: ['backing-file'] });
    expect((await declinedOf(strict, content)).sort()).toEqual(['checks-ignored', 'no-copy']);
    expect((await alike.peers.fill(alike.order('volume-copy'), content)).written).toMatchObject({
      ignoredChecks: ['backing-file'],
    });
  });

  test.each([
    ['another hash', { digest: `sha512:${'12'.repeat(64)}` }],
    ['a hash of another algorithm', { digest: `sha256:${'ab'.repeat(32)}` }],
    ['a weaker hash than the image has', { digest: `md5:${'cd'.repeat(16)}`, verifiedBy: 'checksum' as const }],
    ['its own word alone', { verifiedBy: 'none' as const }],
    ['no hash', { digest: null, verifiedBy: 'none' as const }],
  ])('a copy that the log proves by %s', async (_, evidence) => {
    const [giver, taker] = [await open('store-01'), await open('store-02')];
    const { content } = await giver.keep(disk, evidence);
    expect(await declinedOf(taker, content)).toEqual(['unproven']);
  });

  test('a copy of an image for which the image service names no hash', async () => {
    const [giver, taker] = [await open('store-01'), await open('store-02')];
    const { content } = await giver.keep(disk);
    const order = taker.order('volume-copy');
    const image = { ...order.image, osHashAlgo: null, osHashValue: null, checksum: null };
    const { written, declined } = await taker.peers.fill({ ...order, image }, content);
    expect(written).toBeUndefined();
    expect(declined).toEqual([{ host: 'store-01', reason: 'unproven' }]);
  });

  test('an image of which only the MD5 is known is compared by that', async () => {
    const [giver, taker] = [await open('store-01'), await open('store-02')];
    const order = taker.order('volume-copy');
    const image = { ...order.image, osHashAlgo: null, osHashValue: null, checksum: 'AB'.repeat(16) };
    const { content } = await giver.keep(disk, { digest: `md5:${'ab'.repeat(16)}`, verifiedBy: 'checksum' });
    expect((await taker.peers.fill({ ...order, image }, content)).written).toMatchObject({ verifiedBy: 'checksum' });
  });
});

describe('who does not serve does not keep others from it', () => {
  test('a host that never answers is not waited for once another has', async () => {
    const [giver, silent] = [await open('store-01'), await open('store-02')];
    const taker = await open('store-03', { answerLimitMs: 2 ** 30, patience: { lingerMs: 10 } });
    const mute = createTcpServer(() => undefined);
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    await silent.report(`https://127.0.0.1:${(mute.address() as AddressInfo).port}`);
    const { content } = await giver.keep(disk);
    const { written, declined } = await taker.peers.fill(taker.order('volume-copy'), content);
    expect(written).toBeDefined();
    expect(declined).toEqual([{ host: 'store-02', reason: 'timeout' }]);
    mute.close();
  });

  test('nor one whose log does not answer', async () => {
    const [giver, other] = [await open('store-01'), await open('store-02')];
    const taker = await open('store-03', { patience: { lingerMs: 10 } });
    const { content } = await giver.keep(disk);
    await other.keep(disk, { content });
    const read = store.read.bind(store);
    jest.spyOn(store, 'read').mockImplementation((stream, options) => {
      return stream.id === other.pool ? endless() : read(stream, options);
    });
    const { written, declined } = await taker.peers.fill(taker.order('volume-copy'), content);
    expect(written?.source).toMatchObject({ kind: 'peer', host: 'store-01' });
    expect(declined).toEqual([{ host: 'store-02', reason: 'timeout' }]);
  });

  test('a host whose backend is away says that it failed, and then shows the copy of its other one', async () => {
    const [giver, taker] = [await open('store-01'), await open('store-02')];
    const { content } = await giver.keep(disk);
    const other = await open('store-01', { backendName: 'slow' });
    await other.keep(disk, { content });
    giver.serveToo(other);
    await giver.report(giver.peers.url!);
    giver.breakDown();
    expect(await declinedOf(taker, content)).toEqual(['failed']);
    expect((await taker.peers.fill(taker.order('volume-copy'), content)).written).toBeDefined();
  });

  test('a host that cannot tell who is live says that it failed, and logs why', async () => {
    const lost = new MemoryLivenessBoard();
    const [giver, taker] = [await open('store-01', { board: lost }), await open('store-02')];
    const { content } = await giver.keep(disk);
    await board.report((await lost.hosts()).get('store-01')!);
    jest.spyOn(lost, 'hosts').mockRejectedValue(new Error('the board is away'));
    expect(await declinedOf(taker, content)).toEqual(['failed']);
    expect(giver.log.lines).toContainEqual(expect.objectContaining({ level: 'warn' }));
  });

  test('durations are recorded to a tenth of a millisecond', async () => {
    const [giver, taker] = [await open('store-01'), await open('store-02')];
    const { content } = await giver.keep(disk);
    const { written } = await taker.peers.fill(taker.order('volume-copy'), content);
    for (const ms of Object.values(written!.durationsMs)) expect(String(ms)).toMatch(/^\d+(\.\d)?$/);
  });
});

/** A stream that is never read to its end. */
async function* endless(): AsyncGenerator<never> {
  await new Promise(() => undefined);
}

describe('two that disagree about what the image holds', () => {
  const other: Disk = new Map([[3, randomBytes(blockBytes)]]);

  test('are both not believed, and reported', async () => {
    const [one, two] = [await open('store-01'), await open('store-02')];
    const taker = await open('store-03', { patience: { lingerMs: 30_000 } });
    const { content } = await one.keep(disk);
    await two.keep(other, { content });
    expect(await declinedOf(taker, content)).toEqual(['contradicted', 'contradicted']);
    expect(taker.log.lines).toContainEqual(expect.objectContaining({ level: 'error' }));
  });

  test('so is one that a copy of our own contradicts', async () => {
    const [one, taker] = [await open('store-01'), await open('store-02')];
    const { content } = await one.keep(disk);
    await taker.keep(other, { content });
    const { written, declined } = await taker.peers.fill(taker.order('volume-copy'), content);
    expect(written).toBeUndefined();
    expect(declined).toEqual([{ host: 'store-01', reason: 'contradicted' }]);
  });

  test('those that agree serve', async () => {
    const [one, two, taker] = [await open('store-01'), await open('store-02'), await open('store-03')];
    const { content } = await one.keep(disk);
    await two.keep(disk, { content });
    await taker.keep(disk, { content });
    expect((await taker.peers.fill(taker.order('volume-copy'), content)).written).toBeDefined();
  });
});
