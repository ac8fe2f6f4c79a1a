import { createCipheriv, createHash } from 'node:crypto';
import { HashLane } from './hash-lane';
import { HashLanes } from './hash-lanes';

const mib = 1024 * 1024;
const open: HashLane[] = [];
const newLane = () => {
  const lane = new HashLane();
  open.push(lane);
  return lane;
};
afterEach(() => Promise.all(open.splice(0).map((lane) => lane.close())));

/** Bytes that differ from place to place, so that a slot that is overwritten too early shows. */
function sample(bytes: number, seed: number): Buffer {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16)).update(Buffer.alloc(bytes));
}
const sha512 = (...parts: Buffer[]) =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha512')).digest('hex');

async function digestOf(lane: HashLane, ...chunks: Buffer[]): Promise<string> {
  lane.begin({ algorithm: 'sha512' });
  for (const chunk of chunks) await lane.update(chunk);
  return lane.digest();
}

test('the digest is that of the bytes, however they are cut and however many rings they fill', async () => {
  const bytes = sample(20 * mib + 13, 1);
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 65_521) chunks.push(bytes.subarray(at, at + 65_521));
  expect(await digestOf(newLane(), ...chunks)).toBe(sha512(bytes));
  expect(await digestOf(newLane(), bytes)).toBe(sha512(bytes));
});

test('the digest of no bytes is that of no bytes', async () => {
  expect(await digestOf(newLane())).toBe(sha512());
});

test('a chunk may be used again as soon as it was taken', async () => {
  const [lane, chunk] = [newLane(), Buffer.alloc(3 * mib, 7)];
  lane.begin({ algorithm: 'sha512' });
  await lane.update(chunk);
  chunk.fill(8);
  await lane.update(chunk);
  expect(await lane.digest()).toBe(sha512(Buffer.alloc(3 * mib, 7), Buffer.alloc(3 * mib, 8)));
});

test('a lane serves one stream after another, with other hashes', async () => {
  const lane = newLane();
  const bytes = sample(2 * mib, 2);
  await digestOf(lane, bytes);
  lane.begin({ algorithm: 'md5' });
  await lane.update(bytes);
  expect(await lane.digest()).toBe(createHash('md5').update(bytes).digest('hex'));
});

test('a hash that is begun anew in the middle of another is not disturbed by what is left of that one', async () => {
  const lane = newLane();
  const [first, second] = [sample(8 * mib, 3), sample(24 * mib, 4)];
  const expected = sha512(second);
  for (let round = 0; round < 5; round += 1) {
    lane.begin({ algorithm: 'sha512' });
    await lane.update(first);
    expect(await digestOf(lane, second)).toBe(expected);
  }
});

test('a lane is used again after good work, and another one after bad', async () => {
  const lanes = new HashLanes();
  const used: HashLane[] = [];
  const work = (outcome: () => string) => (lane: HashLane) => {
    used.push(lane);
    return Promise.resolve().then(outcome);
  };
  const bad = () => {
    throw new Error('bad work');
  };
  await lanes.use(work(() => 'good'));
  await expect(lanes.use(work(bad))).rejects.toThrow('bad work');
  await lanes.use(work(() => 'good'));
  expect(used[1]).toBe(used[0]);
  expect(used[2]).not.toBe(used[1]);
  await lanes.close();
});

test('a lane whose thread ended while nobody used it is given to nobody', async () => {
  const lanes = new HashLanes();
  const lane = await lanes.use((used) => Promise.resolve(used));
  await lane.close();
  expect(await lanes.use((other) => digestOf(other, Buffer.from('x')))).toBe(sha512(Buffer.from('x')));
  await lanes.close();
});

test('lanes that are closed start no thread any more, and keep none that comes back late', async () => {
  const lanes = new HashLanes();
  const late = lanes.use(async (lane) => {
    await lanes.close();
    expect(await digestOf(lane, Buffer.from('x'))).toBe(sha512(Buffer.from('x')));
    return lane;
  });
  const lane = await late;
  await expect(lane.digest()).rejects.toThrow('ended');
  lanes.start();
  await expect(lanes.use(() => Promise.resolve())).rejects.toThrow('closed');
});

test('an algorithm that the thread does not know fails the digest with its name, not the process', async () => {
  const lane = newLane();
  lane.begin({ algorithm: 'no-such-hash' });
  await expect(lane.update(Buffer.alloc(1)).then(() => lane.digest())).rejects.toThrow();
});
