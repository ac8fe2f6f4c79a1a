import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { blockBytes, partBytes } from '../fill/disk/content-digest';
import { CutOffError, type DataFrame, dataHead, endFrame, frameHeadBytes, framesOf } from './frames';

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
async function* chunked(stream: Buffer, chunkBytes: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < stream.length; at += chunkBytes) yield stream.subarray(at, at + chunkBytes);
}

async function collect(frames: AsyncIterable<DataFrame>, into: DataFrame[] = []): Promise<DataFrame[]> {
  for await (const frame of frames) into.push({ ...frame, bytes: Buffer.from(frame.bytes) });
  return into;
}

/** Jest compares the bytes of buffers one by one, which takes its time. */
const hashed = (frames: readonly DataFrame[]) =>
  frames.map(({ bytes, ...rest }) => ({ ...rest, hash: createHash('md5').update(bytes).digest('hex') }));

test('frames come as they were sent, however the connection cuts their stream', () =>
  fc.assert(
    fc.asyncProperty(disks, fc.integer({ min: 1_000, max: 200_000 }), async (frames, chunkBytes) => {
      const found = await collect(framesOf(chunked(streamOf(frames), chunkBytes), { fromByte: 0, sizeBytes }));
      expect(hashed(found)).toEqual(hashed(frames));
    }),
    { numRuns: 50 },
  ));

test('a stream that is cut anywhere goes on, where its last whole frame ended, to the same frames', () =>
  fc.assert(
    fc.asyncProperty(disks, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), async (frames, where) => {
      const stream = streamOf(frames);
      const cut = stream.subarray(0, Math.floor(where * stream.length));
      const found: DataFrame[] = [];
      const whole = collect(framesOf(chunked(cut, 30_000), { fromByte: 0, sizeBytes }), found);
      await expect(whole).rejects.toThrow(CutOffError);
      const last = found.at(-1);
      const fromByte = last ? last.offset + last.lengthBytes : 0;
      const rest = streamOf(frames.filter(({ offset }) => offset >= fromByte));
      await collect(framesOf(chunked(rest, 30_000), { fromByte, sizeBytes }), found);
      expect(hashed(found)).toEqual(hashed(frames));
    }),
    { numRuns: 50 },
  ));

test('bytes of any kind are frames inside the disk, or an error that says what is wrong', () =>
  fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      const found: DataFrame[] = [];
      const reading = collect(framesOf(chunked(Buffer.from(bytes), 50), { fromByte: 0, sizeBytes }), found);
      const error: unknown = await reading.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).toMatchObject({ name: expect.stringMatching(/^(CutOffError|PeerDeclinedError)$/) as unknown });
      for (const { offset, lengthBytes } of found) expect(offset + lengthBytes).toBeLessThanOrEqual(sizeBytes);
    }),
  ));

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
])('a frame %s is no stream of a disk', async (_, stream) => {
  const reading = collect(framesOf(chunked(stream, 10_000), { fromByte: 0, sizeBytes }));
  await expect(reading).rejects.toMatchObject({ reason: 'bad-stream' });
});

test('a stream from which a frame is missing is no whole one', async () => {
  const end = endFrame({ frames: 2, dataBytes: 2 * partBytes });
  const stream = Buffer.concat([dataHead(frameAt(0)), frameAt(0).bytes, end]);
  const reading = collect(framesOf(chunked(stream, 10_000), { fromByte: 0, sizeBytes }));
  await expect(reading).rejects.toMatchObject({ reason: 'bad-stream' });
});
