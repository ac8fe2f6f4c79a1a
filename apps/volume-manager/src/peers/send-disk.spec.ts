import type { ObjectReader } from '@hearth/driver-api';
import { setTimeout as pause } from 'node:timers/promises';
import { inflateRawSync } from 'node:zlib';
import { BlockThreads } from '../fill/disk/block-threads';
import { blockBytes, partBytes } from '../fill/disk/content-digest';
import { FrameParser } from './frames';
import { sendDisk } from './send-disk';

// 100 MiB are compressed, on a machine that may be busy.
jest.setTimeout(60_000);

const threads = new BlockThreads();
afterAll(() => threads.close());

const blocks = 100;
const sizeBytes = blocks * blockBytes + partBytes;

/** A disk of text, all of it different, with a hole of 64 KiB in each block, and a last block that is shorter. */
function diskOfText(): Buffer {
  const disk = Buffer.alloc(sizeBytes);
  for (let at = 0; at < sizeBytes; at += 1_024) {
    disk.write(`line ${at} of a disk that shrinks when it is compressed, `.repeat(20).slice(0, 1_024), at);
  }
  for (let block = 0; block < blocks; block += 1) disk.fill(0, block * blockBytes, block * blockBytes + partBytes);
  return disk;
}

class BufferReader implements ObjectReader {
  readonly sizeBytes = sizeBytes;
  reads = 0;

  constructor(private readonly bytes: Buffer) {}

  async *extents() {
    yield { offset: 0, length: sizeBytes };
  }
  async read(offset: number, target: Uint8Array): Promise<void> {
    this.reads += 1;
    target.set(this.bytes.subarray(offset, offset + target.length));
  }
  close = () => Promise.resolve();
}

/** Takes what is sent, as slow as a connection of so many bytes for a millisecond; the bytes may be used again after it. */
function connection(bytesPerMs: number) {
  const taken: Buffer[] = [];
  const write = async (bytes: Buffer) => {
    const copied = Buffer.from(bytes);
    taken.push(copied);
    await pause(copied.length / bytesPerMs);
    if (!bytes.equals(copied)) throw new Error('used too early');
  };
  return { taken, write };
}

function received(taken: readonly Buffer[], fromByte = 0) {
  const disk = Buffer.alloc(sizeBytes);
  const parser = new FrameParser({ fromByte, sizeBytes });
  const frames = taken.flatMap((chunk) => parser.push(chunk));
  for (const { offset, encoding, bytes } of frames)
    disk.set(encoding === 'deflate' ? inflateRawSync(bytes) : bytes, offset);
  expect(parser.isEnded).toBe(true);
  return { disk, frames, encodings: frames.map(({ encoding }) => encoding) };
}

test('over a slow connection the same disk arrives, most of it compressed', async () => {
  const disk = diskOfText();
  const { taken, write } = connection(30_000);
  await sendDisk(new BufferReader(disk), { fromByte: 0, threads, write });
  const { disk: arrived, encodings } = received(taken);
  expect(arrived.equals(disk)).toBe(true);
  expect(encodings).toContain('deflate');
  expect(encodings[0]).toBe('raw');
});

test('what begins within a block has the rest of it', async () => {
  const disk = diskOfText();
  const fromByte = 7 * blockBytes + 3 * partBytes;
  const { taken, write } = connection(1e9);
  await sendDisk(new BufferReader(disk), { fromByte, threads, write });
  const { disk: arrived } = received(taken, fromByte);
  disk.fill(0, 0, fromByte);
  expect(arrived.equals(disk)).toBe(true);
});

test('at the end of a disk there is nothing but the end', async () => {
  const { taken, write } = connection(1e9);
  await sendDisk(new BufferReader(diskOfText()), { fromByte: sizeBytes, threads, write });
  expect(received(taken, sizeBytes).encodings).toEqual([]);
});

test('a connection that fails ends the reading soon, and tells why', async () => {
  const reader = new BufferReader(diskOfText());
  await expect(
    sendDisk(reader, { fromByte: 0, threads, write: () => Promise.reject(new Error('gone')) }),
  ).rejects.toThrow('gone');
  expect(reader.reads).toBeLessThan(20);
});

test('a disk that cannot be read fails, and has no end', async () => {
  const reader = new BufferReader(diskOfText());
  reader.read = () => Promise.reject(new Error('unreadable'));
  const { taken, write } = connection(1e9);
  await expect(sendDisk(reader, { fromByte: 0, threads, write })).rejects.toThrow('unreadable');
  expect(taken).toEqual([]);
});

test('a long stretch of zeros that counts as data is heard of now and then, and none of it is sent', async () => {
  const disk = Buffer.alloc(sizeBytes);
  disk.fill(1, 0, partBytes);
  const reader = new BufferReader(disk);
  const read = reader.read.bind(reader);
  reader.read = async (offset, target) => {
    await pause(60);
    await read(offset, target);
  };
  const { taken, write } = connection(1e9);
  await sendDisk(reader, { fromByte: 0, threads, write });
  const { disk: arrived, frames } = received(taken);
  expect(arrived.equals(disk)).toBe(true);
  const places = frames.filter(({ lengthBytes }) => lengthBytes === 0).map(({ offset }) => offset / blockBytes);
  expect(places.length).toBeGreaterThan(0);
  expect(places).toEqual([...places].sort((one, other) => one - other));
  expect(taken.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(partBytes + 1_000);
});
