import fc from 'fast-check';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { blockBytes, partBytes } from '../fill/disk/content-digest';
import { type DataFrame, FrameParser, dataHead, endFrame, frameHeadBytes, zerosFrame } from './frames';

const parts = blockBytes / partBytes;
const sizeBytes = 4 * blockBytes;

/** Data of some of a disk's parts, each in a frame of its own: small, so that a run is quick. */
const disks = fc.uniqueArray(fc.nat(4 * parts - 1), { minLength: 1, maxLength: 6 }).map((numbers) =>
  numbers
    .sort((one, other) => one - other)
    .map((part): DataFrame => {
      const data = Buffer.alloc(partBytes, part + 1);
      const isDeflated = part % 3 !== 0;
      const bytes = isDeflated ? deflateRawSync(data) : data;
      return { offset: part * partBytes, lengthBytes: partBytes, encoding: isDeflated ? 'deflate' : 'raw', bytes };
    }),
);

function streamOf(frames: readonly DataFrame[]): Buffer {
  const dataBytes = frames.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0);
  const pieces = frames.flatMap((frame) => [dataHead(frame), frame.bytes]);
  return Buffer.concat([...pieces, endFrame({ frames: frames.length, dataBytes })]);
}

/** Chunks that end where they like, as those of a connection do. */
function chunked(stream: Buffer, chunkBytes: number): Buffer[] {
  return Array.from({ length: Math.ceil(stream.length / chunkBytes) }, (_, index) =>
    stream.subarray(index * chunkBytes, (index + 1) * chunkBytes),
  );
}

/** What a parser makes of a stream, and the parser; pieces of data that travels as it is are put together. */
function parsed(stream: Buffer, chunkBytes: number, fromByte = 0) {
  const parser = new FrameParser({ fromByte, sizeBytes });
  const pieces = chunked(stream, chunkBytes).flatMap((chunk) => parser.push(chunk));
  return { parser, pieces };
}

/** A disk with what pieces of it hold. */
function diskOf(pieces: readonly DataFrame[], disk: Buffer = Buffer.alloc(sizeBytes)): Buffer {
  for (const { offset, encoding, bytes } of pieces)
    disk.set(encoding === 'deflate' ? inflateRawSync(bytes) : bytes, offset);
  return disk;
}

test('a disk comes as it was sent, however the connection cuts its stream', () => {
  fc.assert(
    fc.property(disks, fc.integer({ min: 1_000, max: 200_000 }), (frames, chunkBytes) => {
      const { parser, pieces } = parsed(streamOf(frames), chunkBytes);
      expect(diskOf(pieces).equals(diskOf(frames))).toBe(true);
      expect(parser.isEnded).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test('a stream that is cut anywhere goes on, from where it says, to the same disk', () => {
  fc.assert(
    fc.property(disks, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (frames, where) => {
      const stream = streamOf(frames);
      const { parser, pieces } = parsed(stream.subarray(0, Math.floor(where * stream.length)), 30_000);
      expect(parser.isEnded).toBe(false);
      const disk = diskOf(pieces);
      // What is beyond it may have come in part.
      disk.fill(0, parser.reachedByte);
      const rest = streamOf(frames.filter(({ offset }) => offset >= parser.reachedByte));
      expect(diskOf(parsed(rest, 30_000, parser.reachedByte).pieces, disk).equals(diskOf(frames))).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test('of a large frame that is cut the whole parts need not come again', () => {
  const stream = streamOf([frameAt(0, blockBytes)]);
  expect(parsed(stream.subarray(0, 5 * partBytes), 30_000).parser.reachedByte).toBe(4 * partBytes);
  expect(parsed(stream.subarray(0, frameHeadBytes + 5 * partBytes), 30_000).parser.reachedByte).toBe(5 * partBytes);
});

test('zeros that are told of need not come again, and data follows behind them', () => {
  const stream = Buffer.concat([zerosFrame(2 * blockBytes), streamOf([frameAt(2 * blockBytes)])]);
  expect(parsed(stream.subarray(0, frameHeadBytes), 10).parser.reachedByte).toBe(2 * blockBytes);
  const { parser, pieces } = parsed(stream, 10_000);
  expect(diskOf(pieces).equals(diskOf([frameAt(2 * blockBytes)]))).toBe(true);
  expect(parser.isEnded).toBe(true);
});

test('bytes of any kind are pieces of the disk, or an error that says what is wrong', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const parser = new FrameParser({ fromByte: 0, sizeBytes });
      try {
        for (const { offset, lengthBytes } of chunked(Buffer.from(bytes), 50).flatMap((chunk) => parser.push(chunk))) {
          expect(offset + lengthBytes).toBeLessThanOrEqual(sizeBytes);
        }
      } catch (error) {
        expect(error).toMatchObject({ name: 'PeerDeclinedError', reason: 'bad-stream' });
      }
    }),
  );
});

const frameAt = (offset: number, lengthBytes = partBytes): DataFrame => ({
  ...{ offset, lengthBytes, encoding: 'raw' },
  bytes: Buffer.alloc(lengthBytes, 1),
});
const wide = dataHead(frameAt(0, blockBytes));
wide.writeBigUInt64BE(2n ** 63n, 1);

test.each([
  ['past the end of the disk', streamOf([frameAt(sizeBytes)])],
  ['at a place that no number tells', wide],
  ['across a block', streamOf([frameAt(blockBytes - partBytes, 2 * partBytes)])],
  ['before the one that came', streamOf([frameAt(2 * partBytes), frameAt(0)])],
  ['where no part begins', streamOf([frameAt(100)])],
  ['of nothing', streamOf([frameAt(0, 0)])],
  ['of another length than its bytes', streamOf([{ ...frameAt(0), bytes: Buffer.alloc(10) }])],
  ['that grew by compressing', streamOf([{ ...frameAt(0), encoding: 'deflate' }])],
  ['of a kind that nobody knows', Buffer.alloc(frameHeadBytes, 9)],
  ['of zeros past the end of the disk', zerosFrame(sizeBytes + partBytes)],
  [
    'of zeros where data has come',
    Buffer.concat([streamOf([frameAt(blockBytes)]).subarray(0, -frameHeadBytes), zerosFrame(partBytes)]),
  ],
  ['of zeros that ends where no part does', zerosFrame(100)],
  ['behind the end', Buffer.concat([streamOf([frameAt(0)]), dataHead(frameAt(blockBytes))])],
])('a frame %s is no stream of a disk', (_, stream) => {
  expect(() => parsed(stream, 10_000)).toThrow(expect.objectContaining({ reason: 'bad-stream' }) as Error);
});

test('a stream from which a frame is missing is no whole one', () => {
  const end = endFrame({ frames: 2, dataBytes: 2 * partBytes });
  const stream = Buffer.concat([dataHead(frameAt(0)), frameAt(0).bytes, end]);
  expect(() => parsed(stream, 10_000)).toThrow(expect.objectContaining({ reason: 'bad-stream' }) as Error);
});
