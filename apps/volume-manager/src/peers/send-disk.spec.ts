import type { ObjectReader } from '@hearth/driver-api';
import { setTimeout as pause } from 'node:timers/promises';
import { inflateRawSync } from 'node:zlib';
import { blockBytes, partBytes } from '../fill/disk/content-digest';
import { framesOf } from './frames';
import { sendDisk } from './send-disk';

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
  const write = async (...pieces: readonly Buffer[]) => {
    const copied = pieces.map((piece) => Buffer.from(piece));
    taken.push(...copied);
    await pause(copied.reduce((sum, { length }) => sum + length, 0) / bytesPerMs);
    for (const [index, piece] of pieces.entries()) if (!piece.equals(copied[index]!)) throw new Error('used too early');
  };
  return { taken, write };
}

async function received(taken: readonly Buffer[], fromByte = 0) {
  const disk = Buffer.alloc(sizeBytes);
  const encodings: string[] = [];
  async function* chunks() {
    yield* taken;
  }
  for await (const { offset, encoding, bytes } of framesOf(chunks(), { fromByte, sizeBytes })) {
    encodings.push(encoding);
    disk.set(encoding === 'deflate' ? inflateRawSync(bytes) : bytes, offset);
  }
  return { disk, encodings };
}

test('over a slow connection the same disk arrives, most of it compressed', async () => {
  const disk = diskOfText();
  const { taken, write } = connection(30_000);
  await sendDisk(new BufferReader(disk), { fromByte: 0, write });
  const { disk: arrived, encodings } = await received(taken);
  expect(arrived.equals(disk)).toBe(true);
  expect(encodings).toContain('deflate');
  expect(encodings[0]).toBe('raw');
});

test('what begins within a block has the rest of it', async () => {
  const disk = diskOfText();
  const fromByte = 7 * blockBytes + 3 * partBytes;
  const { taken, write } = connection(1e9);
  await sendDisk(new BufferReader(disk), { fromByte, write });
  const { disk: arrived } = await received(taken, fromByte);
  disk.fill(0, 0, fromByte);
  expect(arrived.equals(disk)).toBe(true);
});

test('at the end of a disk there is nothing but the end', async () => {
  const { taken, write } = connection(1e9);
  await sendDisk(new BufferReader(diskOfText()), { fromByte: sizeBytes, write });
  expect((await received(taken, sizeBytes)).encodings).toEqual([]);
});

test('a connection that fails ends the reading soon, and tells why', async () => {
  const reader = new BufferReader(diskOfText());
  await expect(sendDisk(reader, { fromByte: 0, write: () => Promise.reject(new Error('gone')) })).rejects.toThrow(
    'gone',
  );
  expect(reader.reads).toBeLessThan(20);
});

test('a disk that cannot be read fails, and has no end', async () => {
  const reader = new BufferReader(diskOfText());
  reader.read = () => Promise.reject(new Error('unreadable'));
  const { taken, write } = connection(1e9);
  await expect(sendDisk(reader, { fromByte: 0, write })).rejects.toThrow('unreadable');
  expect(taken).toEqual([]);
});
