import { InMemoryEventStore } from '@hearth/event-sourcing';
import { TestAuthority, type TemporaryDirectory, eventually, temporaryDirectory } from '@hearth/testing';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { blockBytes } from '../fill/disk/content-digest';
import { MemoryLivenessBoard } from '../testing/memory.liveness-board';
import { type Disk, PeerHouse, type PeerHouseOptions } from '../testing/peer-house';
import { type CopyRef, diskPath, offerPath } from './copy-protocol';
import type { CredentialFiles } from './peer-credentials';

// What a host answers to requests that come from no fill of ours.
jest.setTimeout(60_000);

const authority = new TestAuthority();
let folder: TemporaryDirectory;
let store: InMemoryEventStore;
let board: MemoryLivenessBoard;
let houses: PeerHouse[];
let answers: IncomingMessage[];

beforeEach(async () => {
  folder = await temporaryDirectory();
  [store, board, houses, answers] = [new InMemoryEventStore(), new MemoryLivenessBoard(), [], []];
});
afterEach(async () => {
  for (const answer of answers) answer.destroy();
  for (const house of houses) await house.close();
  await folder.remove();
});

async function open(name: string, options: Partial<PeerHouseOptions> = {}) {
  const files = await authority.issue(join(folder.path, name), name);
  const house = await PeerHouse.open({ name, store, board, files, ...options });
  houses.push(house);
  return Object.assign(house, { files });
}

/** Asks as the host that the files are of; the answer's body is not read. */
async function ask(giver: PeerHouse, files: CredentialFiles, path: string): Promise<IncomingMessage> {
  const [cert, key, ca] = await Promise.all(
    [files.certificate, files.key, files.authorities].map((file) => readFile(file)),
  );
  const asked = get(new URL(path, giver.peers.url), { cert, key, ca, servername: 'store-01', agent: false });
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.on('error', () => undefined);
  answers.push(answer);
  return answer;
}

const diskOf = (copy: CopyRef, fromByte = 0, transfer: string | undefined = undefined) =>
  diskPath(copy, { fromByte, transfer });
const noise = (blocks: number): Disk =>
  new Map(Array.from({ length: blocks }, (_, block) => [block, randomBytes(blockBytes)]));

test('a copy that was retired is neither shown nor sent any more', async () => {
  const [giver, { files }] = [await open('store-01'), await open('store-02')];
  const { content, generation } = await giver.keep(noise(1));
  const copy = { pool: giver.pool, generation };
  expect((await ask(giver, files, offerPath(content))).statusCode).toBe(200);
  expect((await ask(giver, files, diskOf(copy))).statusCode).toBe(200);
  await giver.submit({ do: 'RetireEntry', generation, reason: 'verify-failed' });
  expect((await ask(giver, files, offerPath(content))).statusCode).toBe(404);
  expect((await ask(giver, files, diskOf(copy))).statusCode).toBe(410);
});

test('what is sent is encrypted with the cheapest of the ciphers that are safe, whoever asks', async () => {
  const [giver, { files }] = [await open('store-01'), await open('store-02')];
  const { socket } = await ask(giver, files, offerPath('any'));
  expect((socket as TLSSocket).getCipher()).toMatchObject({ name: 'TLS_AES_128_GCM_SHA256' });
});

test('a disk is sent from its parts on, and from nowhere else', async () => {
  const [giver, { files }] = [await open('store-01'), await open('store-02')];
  const { generation } = await giver.keep(noise(1));
  const copy = { pool: giver.pool, generation };
  expect((await ask(giver, files, diskOf(copy, 65_536))).statusCode).toBe(200);
  expect((await ask(giver, files, diskOf(copy, 2 ** 30))).statusCode).toBe(200);
  expect((await ask(giver, files, diskOf(copy, 100))).statusCode).toBe(416);
  expect((await ask(giver, files, diskOf(copy, 2 ** 30 + 65_536))).statusCode).toBe(416);
  expect((await ask(giver, files, diskOf({ ...copy, generation: 99 }))).statusCode).toBe(410);
});

test('one peer does not take the places of all others', async () => {
  const giver = await open('store-01', { servesAtOnceMax: 4 });
  const [greedy, other] = [await open('store-02'), await open('store-03')];
  const { content, generation } = await giver.keep(noise(64));
  const copy = { pool: giver.pool, generation };
  const statuses: (number | undefined)[] = [];
  for (let round = 0; round < 4; round += 1) statuses.push((await ask(giver, greedy.files, diskOf(copy))).statusCode);
  expect(statuses).toEqual([200, 200, 503, 503]);
  expect((await ask(giver, greedy.files, offerPath(content))).statusCode).toBe(503);
  expect((await ask(giver, other.files, offerPath(content))).statusCode).toBe(200);
  expect((await ask(giver, other.files, diskOf(copy))).statusCode).toBe(200);
});

test('a transfer that goes on does not wait for its connection before, which nobody may have ended', async () => {
  const giver = await open('store-01', { servesAtOnceMax: 1 });
  const { files } = await open('store-02');
  const { generation } = await giver.keep(noise(64));
  const copy = { pool: giver.pool, generation };
  const transfer = randomUUID();
  const before = await ask(giver, files, diskOf(copy, 0, transfer));
  before.resume().pause();
  expect((await ask(giver, files, diskOf(copy, 0, randomUUID()))).statusCode).toBe(503);
  expect((await ask(giver, files, diskOf(copy, 65_536, transfer))).statusCode).toBe(200);
  expect((await ask(giver, files, diskOf(copy, 0, randomUUID()))).statusCode).toBe(503);
  before.resume();
  await eventually(async () => before.destroyed || before.readableEnded);
});

test('what has come from a peer that sends another disk may stay behind, and the next writer replaces it', async () => {
  const [giver, taker] = [await open('store-01'), await open('store-02')];
  const { content, object } = await giver.keep(noise(4));
  giver.backend.objects.get(object)!.pages.get(3)![77]! ^= 1;
  const order = taker.order('volume-copy');
  const openStuck = async (bytes: number, data: number) => {
    const writer = await order.open(bytes, data);
    const abort = () => Promise.reject(new Error('the backend is away'));
    return { write: writer.write.bind(writer), read: writer.read.bind(writer), finish: () => writer.finish(), abort };
  };
  const { declined, written } = await taker.peers.fill({ ...order, open: openStuck }, content);
  expect(written).toBeUndefined();
  expect(declined).toEqual([{ host: 'store-01', reason: 'digest-mismatch' }]);
  expect(taker.log.lines).toContainEqual(
    expect.objectContaining({ level: 'error', message: expect.stringContaining('could not be removed') as unknown }),
  );
  expect(taker.backend.objects.get('volume-copy')).toMatchObject({ isWhole: false });
  // As the fill from the image service that follows does.
  const writer = await order.open(2 ** 30, 2 ** 30);
  await writer.write(0, Buffer.alloc(65_536, 5));
  await writer.finish();
  expect(taker.backend.objects.get('volume-copy')).toMatchObject({ isWhole: true });
  expect(taker.read('volume-copy', 3).equals(Buffer.alloc(blockBytes))).toBe(true);
});
