import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { inflateRawSync } from 'node:zlib';
import { startThread } from '../threads/thread';
import { BlockThreads } from './block-threads';
import { blockBytes, blockDigest } from './content-digest';

jest.setTimeout(60_000);

let started: Worker[];
let threads: BlockThreads;
beforeEach(() => {
  started = [];
  threads = new BlockThreads(() => {
    const thread = startThread('block');
    started.push(thread);
    return thread;
  });
});
afterEach(() => threads.close());

const order = () => {
  const memory = new SharedArrayBuffer(blockBytes);
  Buffer.from(memory).fill(1);
  return { memory, offset: 0, length: blockBytes, packed: [], unitBytes: blockBytes };
};
const running = Math.min(availableParallelism(), 4);

test('as many run as there are processors, four at most, once they are wanted', async () => {
  expect(started).toHaveLength(0);
  const { digest } = await threads.make(order());
  expect(Buffer.from(digest!)).toEqual(blockDigest(Buffer.alloc(blockBytes, 1)));
  threads.start();
  expect(started).toHaveLength(running);
});

test('one that has ended is replaced when there is work again, however many have', async () => {
  threads.start();
  for (let round = 1; round <= 3; round += 1) {
    await Promise.all(started.map((thread) => thread.terminate()));
    expect((await threads.make(order())).problem).toBeUndefined();
    expect(started).toHaveLength((round + 1) * running);
  }
});

test('what one was working on when it ended is rejected', async () => {
  const works = Array.from({ length: 2 * running }, () => expect(threads.make(order())).rejects.toThrow('has ended'));
  await Promise.all([...works, ...started.map((thread) => thread.terminate())]);
});

test('none is started once they are closed, and what is asked of them then is rejected', async () => {
  threads.start();
  await threads.close();
  threads.start();
  await expect(threads.make(order())).rejects.toThrow('closed');
  expect(started).toHaveLength(running);
});

test('stretches of memory are compressed each by itself, and come in order', async () => {
  const memory = new SharedArrayBuffer(blockBytes);
  const bytes = Buffer.from(memory);
  bytes.fill('to be sent. ', 4_096, 200_000);
  const stretches = [
    { at: 4_096, length: 100_000 },
    { at: 150_000, length: 50_000 },
  ];
  const { packed } = await threads.pack({ memory, stretches });
  expect(packed.map((stretch) => inflateRawSync(stretch))).toEqual(
    stretches.map(({ at, length }) => Buffer.from(bytes.subarray(at, at + length))),
  );
  expect(packed[0]!.length).toBeLessThan(10_000);
});
