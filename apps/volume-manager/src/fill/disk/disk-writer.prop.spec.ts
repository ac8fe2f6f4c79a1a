import fc from 'fast-check';
import type { ObjectWriter } from '@hearth/driver-api';
import type { PackedRegion, Region } from '@hearth/image-format';
import { eventually } from '@hearth/testing';
import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { BlockThreads } from './block-threads';
import { ContentDigest, blockBytes, blockDigest } from './content-digest';
import { DiskWriter, PackedProblemError } from './disk-writer';

const unitBytes = 256 * 1024;
const pieceBytes = 64 * 1024;
const sizeBytes = 6 * blockBytes + 3 * pieceBytes + 512;
const piecesMax = Math.ceil(sizeBytes / pieceBytes);

jest.setTimeout(60_000);

const threads = new BlockThreads();
afterAll(() => threads.close());

/** An object in memory whose writes end late and in another order; it refuses writes that overlap while both are under way. */
class SlowObject implements ObjectWriter {
  readonly bytes = Buffer.alloc(sizeBytes);
  readonly writtenUnits = new Set<number>();
  private readonly running = new Set<readonly [number, number]>();
  private turns = 0;

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    const span = [offset, offset + bytes.length] as const;
    for (const [from, to] of this.running) if (span[0] < to && from < span[1]) throw new Error('writes overlap');
    this.running.add(span);
    this.turns += 1;
    for (let turn = this.turns % 5; turn >= 0; turn -= 1) await Promise.resolve();
    this.bytes.set(bytes, offset);
    for (let at = offset; at < span[1]; at += 512) this.writtenUnits.add(Math.floor(at / unitBytes));
    this.running.delete(span);
  }
  read = async (offset: number, target: Uint8Array) => target.set(this.bytes.subarray(offset, offset + target.length));
  finish = () => Promise.resolve();
  abort = () => Promise.resolve();
}

function digestOf(disk: Buffer): string {
  const digest = new ContentDigest();
  for (let block = 0; block * blockBytes < disk.length; block += 1) {
    digest.set(block, blockDigest(disk.subarray(block * blockBytes, (block + 1) * blockBytes)));
  }
  return digest.toString();
}

interface Piece {
  readonly number: number;
  readonly fill: number;
  readonly isPacked: boolean;
}

/** Pieces of a disk, in any order; some compressed, some of zeros, and some come a second time, with the same bytes. */
const pieces: fc.Arbitrary<Piece[]> = fc
  .uniqueArray(
    fc.record({
      number: fc.integer({ min: 0, max: piecesMax - 1 }),
      fill: fc.integer({ min: 0, max: 3 }),
      isPacked: fc.boolean(),
    }),
    { maxLength: piecesMax, selector: ({ number }) => number },
  )
  .chain((once) => fc.subarray(once).chain((again) => fc.shuffledSubarray([...once, ...again])));

function regionOf({ number, fill, isPacked }: Piece): Region | PackedRegion {
  const offset = number * pieceBytes;
  const bytes = Buffer.alloc(pieceBytes, fill).subarray(0, Math.min(pieceBytes, sizeBytes - offset));
  if (!isPacked) return { offset, bytes };
  const packed = deflateRawSync(Buffer.alloc(pieceBytes, fill));
  const compression = 'zlib' as const;
  return { offset, lengthBytes: bytes.length, clusterSizeBytes: pieceBytes, compression, packed, fileOffset: 0 };
}

test('P3: in any order of regions the object ends with their bytes, empty units stay holes, and the digest is its content', async () => {
  await fc.assert(
    fc.asyncProperty(pieces, async (given) => {
      const object = new SlowObject();
      const writer = new DiskWriter(object, { sizeBytes, unitBytes, threads });
      const disk = Buffer.alloc(sizeBytes);
      for (const piece of given) {
        disk.fill(piece.fill, piece.number * pieceBytes, Math.min((piece.number + 1) * pieceBytes, sizeBytes));
        const region = regionOf(piece);
        await writer.write([region]);
        // The memory of a region is the giver's again.
        ('packed' in region ? region.packed : region.bytes).fill(0x77);
      }
      const digest = await writer.end();
      expect(Buffer.compare(object.bytes, disk)).toBe(0);
      expect(digest).toBe(digestOf(disk));
      const isEmpty = (unit: number) =>
        disk.subarray(unit * unitBytes, (unit + 1) * unitBytes).every((byte) => byte === 0);
      // A piece that came late to a block is written as it is, zeros or not.
      const late = given.some(({ fill }) => fill === 0);
      if (!late) expect([...object.writtenUnits].filter(isEmpty)).toEqual([]);
    }),
    { numRuns: 30 },
  );
});

test('what comes again for a block that was written before is written once', async () => {
  const object = new SlowObject();
  const writer = new DiskWriter(object, { sizeBytes, unitBytes, threads });
  const disk = Buffer.alloc(sizeBytes);
  for (const given of [[1], [2, 4, 3, 2, 1]]) {
    for (const number of given) {
      disk.fill(number, number * pieceBytes, (number + 1) * pieceBytes);
      await writer.write([regionOf({ number, fill: number, isPacked: number === 3 })]);
    }
    await writer.flush();
  }
  const told: unknown[] = [];
  expect(await writer.end((...how) => void told.push(how))).toBe(digestOf(disk));
  expect(told).toEqual([[blockBytes, blockBytes]]);
  expect(object.bytes.equals(disk)).toBe(true);
  expect(writer.bytesWritten).toBe(unitBytes + 4 * pieceBytes);
});

test('it settles when no write is under way, also where a later part of the same block does not unpack', async () => {
  const object = new SlowObject();
  let letGo: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (letGo = resolve));
  let isUnderWay = false;
  const slow = Object.assign(object, {
    write: async () => {
      isUnderWay = true;
      await held;
      isUnderWay = false;
    },
  });
  const writer = new DiskWriter(slow, { sizeBytes, unitBytes, threads });
  await writer.write([{ offset: 0, bytes: Buffer.alloc(pieceBytes, 1) }]);
  const first = writer.flush().catch((error: unknown) => error);
  await eventually(() => isUnderWay);
  const broken = {
    ...(regionOf({ number: 1, fill: 2, isPacked: true }) as PackedRegion),
    packed: Buffer.alloc(9, 255),
  };
  await writer.write([broken]);
  const second = writer.flush().catch((error: unknown) => error);
  let hasSettled = false;
  const settled = writer.settle().then(() => (hasSettled = true));
  // The second part is found broken by now, for later orders were answered.
  for (let round = 0; round < 8; round += 1) {
    const memory = new SharedArrayBuffer(blockBytes);
    await threads.make({ memory, offset: 0, length: blockBytes, packed: [], unitBytes });
  }
  expect([hasSettled, isUnderWay]).toEqual([false, true]);
  letGo();
  await settled;
  expect(isUnderWay).toBe(false);
  expect([await first, await second].map((error) => error instanceof PackedProblemError)).toEqual([true, true]);
});

const plain: Region = { offset: 0, bytes: Buffer.alloc(2 * blockBytes, 1) };

test('a write that fails is told by whatever is asked next', async () => {
  const object = Object.assign(new SlowObject(), { write: () => Promise.reject(new Error('no room')) });
  const writer = new DiskWriter(object, { sizeBytes, unitBytes, threads });
  await writer.write([plain]);
  await expect(writer.end()).rejects.toThrow('no room');
});

test('a piece that does not unpack is a problem with its place in the file', async () => {
  const writer = new DiskWriter(new SlowObject(), { sizeBytes, unitBytes, threads });
  const broken: PackedRegion = {
    ...(regionOf({ number: 3, fill: 2, isPacked: true }) as PackedRegion),
    packed: Buffer.alloc(100, 0xff),
    fileOffset: 4711,
  };
  await writer.write([broken]);
  await expect(writer.end()).rejects.toThrow(PackedProblemError);
  await expect(writer.end()).rejects.toThrow('4711');
});

test('a compressed piece larger than a block is unpacked too', async () => {
  const object = new SlowObject();
  const writer = new DiskWriter(object, { sizeBytes, unitBytes, threads });
  const clusterSizeBytes = 2 * blockBytes;
  const content = Buffer.alloc(clusterSizeBytes, 9);
  const packed = deflateRawSync(content);
  const sizes = { lengthBytes: clusterSizeBytes, clusterSizeBytes, fileOffset: 0 };
  await writer.write([{ offset: 2 * blockBytes, compression: 'zlib', packed, ...sizes }]);
  await writer.end();
  expect(object.bytes.subarray(2 * blockBytes, 4 * blockBytes).equals(content)).toBe(true);
});

describe('the content digest', () => {
  const disk = Buffer.alloc(3 * blockBytes);
  disk.fill(7, blockBytes + 10, blockBytes + 20);

  test('is that of its description', () => {
    const part = disk.subarray(blockBytes, blockBytes + pieceBytes);
    const block = createHash('sha256').update(Uint8Array.of(0)).update(part).digest();
    const number = Buffer.from('0000000000000001', 'hex');
    expect(digestOf(disk)).toBe(`sha256-1m:${createHash('sha256').update(number).update(block).digest('hex')}`);
  });

  test('does not depend on zeros at the end, and on nothing else', () => {
    expect(digestOf(disk.subarray(0, blockBytes + 20))).toBe(digestOf(disk));
    expect(digestOf(disk.subarray(0, blockBytes + 19))).not.toBe(digestOf(disk));
    const moved = Buffer.alloc(disk.length);
    moved.fill(7, 2 * blockBytes + 10, 2 * blockBytes + 20);
    expect(digestOf(moved)).not.toBe(digestOf(disk));
  });
});
