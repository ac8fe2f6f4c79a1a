import type { ImageIdentity } from '@hearth/contracts';
import type { ObjectWriter } from '@hearth/driver-api';
import {
  type DecodedRegion,
  type DecodeProblem,
  ImageReader,
  type ReadStep,
  parseDiskFormat,
  prepareUnpacking,
  unpackRegion,
} from '@hearth/image-format';
import type { ImageService } from '@hearth/openstack-clients';
import { performance } from 'node:perf_hooks';
import { ChunkGarbage } from './chunk-garbage';
import { type ExpectedHash, expectedHash } from './expected-hash';
import { FillError } from './fill-error';
import { HashLanes } from './hash-lanes';
import {
  asFillError,
  brokenOff,
  changedMeanwhile,
  refusedImage,
  undecodable,
  withRemains,
  withoutSize,
  wrongHash,
  wrongLength,
} from './image-problems';
import type { HashLane } from './hash-lane';
import { spoolImage } from './spool-image';
import { UnitWriter } from './unit-writer';

export { FillError } from './fill-error';

export interface WriteImageOptions {
  readonly image: ImageIdentity;
  readonly source: Pick<ImageService, 'open'>;
  /** For images whose layout does not allow writing them while they arrive. */
  readonly scratchDirectory: string;
  /** Bytes of a unit: whole units are written or left out (the driver's `preferredWriteBytes`); 64 KiB unless told. */
  readonly unitBytes?: number;
  readonly signal: AbortSignal;
  /** Called once, as soon as the size is known; what it throws ends the work and is passed on. */
  readonly open: (virtualSizeBytes: number) => Promise<ObjectWriter>;
  /** Hears of bytes as they arrive. */
  readonly onProgress?: (progress: { readonly bytesDownloaded: number; readonly bytesTotal: number }) => void;
}

export interface WrittenImage {
  readonly virtualSizeBytes: number;
  /** `<algorithm>:<hex>` of the image's bytes as they were received. */
  readonly digest: string;
  /** What the digest was compared with. */
  readonly verifiedBy: ExpectedHash['verifiedBy'];
  readonly bytesDownloaded: number;
  readonly bytesWritten: number;
  readonly durationsMs: Readonly<Record<string, number>>;
}

const lanes = new HashLanes();

/**
 * Fetches an image and writes its disk, in one pass: what arrives is hashed on another thread, inspected before anything of it is
 * used, decoded, and written sparsely; nobody runs ahead of the slowest. Memory is bounded, whatever the image's size.
 *
 * Throws a `FillError` with its failure, or what `open` has thrown. Then the object was removed again.
 */
export async function writeImage(options: WriteImageOptions): Promise<WrittenImage> {
  const { image } = options;
  if (image.containerFormat !== 'bare') throw unsupported('container format', image.containerFormat, 'bare');
  if (!['raw', 'qcow2'].includes(image.diskFormat)) throw unsupported('disk format', image.diskFormat, 'raw and qcow2');
  if (image.sizeBytes === 0) throw withoutSize(image);
  const expected = expectedHash(image);
  await prepareUnpacking();
  const work = new ImageWriting(options, expected);
  try {
    const digest = await lanes.use(expected.algorithm, (lane) => work.run(lane));
    return await work.finish(digest);
  } catch (error) {
    const failure = asFillError(error, image);
    const remains = await work.abort();
    options.signal.throwIfAborted();
    throw remains === undefined ? failure : withRemains(failure, remains);
  }
}

function unsupported(what: string, found: string, supported: string): FillError {
  const reason = `Images of the ${what} ${found || '(none)'} are not supported; ${supported} can be used.`;
  return new FillError({ code: 'image.unacceptable', reason });
}

/** One image on its way into one object. */
class ImageWriting {
  private readonly startedAt = performance.now();
  private readonly reader: ImageReader;
  private object: ObjectWriter | undefined;
  private writer: UnitWriter | undefined;
  /** Why the bytes cannot be decoded; thrown only once it is certain that they are the image's. */
  private problem: DecodeProblem | undefined;
  private virtualSizeBytes = 0;
  private bytesDownloaded = 0;
  private firstByteMs = 0;
  private streamedMs = 0;

  constructor(
    private readonly options: WriteImageOptions,
    private readonly expected: ExpectedHash,
  ) {
    const { image } = options;
    this.reader = new ImageReader({
      declared: parseDiskFormat(image.diskFormat),
      fileSizeBytes: image.sizeBytes,
    });
  }

  /** Downloads, decodes and writes; the digest of the bytes, compared. */
  async run(lane: HashLane): Promise<string> {
    const needsSpool = await this.stream(lane);
    const digest = needsSpool ? await this.spool(lane) : await this.compared(lane);
    this.streamedMs = performance.now() - this.startedAt;
    return digest;
  }

  async finish(digest: string): Promise<WrittenImage> {
    const { object, writer } = this;
    if (!object || !writer) throw new Error('nothing was opened for writing');
    const syncFrom = performance.now();
    await object.finish();
    this.object = undefined;
    const now = performance.now();
    return {
      virtualSizeBytes: this.virtualSizeBytes,
      digest: `${this.expected.algorithm}:${digest}`,
      verifiedBy: this.expected.verifiedBy,
      bytesDownloaded: this.bytesDownloaded,
      bytesWritten: writer.bytesWritten,
      durationsMs: {
        firstByte: round(this.firstByteMs),
        stream: round(this.streamedMs),
        sync: round(now - syncFrom),
        fill: round(now - this.startedAt),
      },
    };
  }

  /** Removes the object. Tells, rather than throws, why that failed: another error is under way. */
  async abort(): Promise<unknown> {
    try {
      await this.writer?.settle();
      await this.object?.abort();
      return undefined;
    } catch (remains) {
      return remains;
    }
  }

  /** One pass over the bytes. True when the image's layout needs another one, over a stored file. */
  private async stream(lane: HashLane): Promise<boolean> {
    for await (const chunk of this.download()) {
      // Of the two only the hash may have to wait; both are done with the chunk's own memory before the next one is asked for.
      await lane.update(chunk);
      if (!this.problem && (await this.take(this.reader.push(chunk)))) return true;
    }
    if (!this.problem && (await this.take(this.reader.end()))) return true;
    await this.writer?.end();
    return false;
  }

  /** The digest, if it is the image's; throws too if its bytes were proven and cannot be decoded. */
  private async compared(lane: HashLane): Promise<string> {
    const digest = await lane.digest();
    const { algorithm, value } = this.expected;
    if (value !== null && digest !== value) throw wrongHash(this.options.image, algorithm);
    if (this.problem) throw undecodable(this.problem);
    return digest;
  }

  /** The image's bytes, counted against what the image service said of them. */
  private async *download(): AsyncGenerator<Buffer> {
    const { image, source, signal, onProgress } = this.options;
    const garbage = new ChunkGarbage();
    let bytes = 0;
    const { chunks, lengthBytes = image.sizeBytes } = await source.open(image.id, { signal });
    for await (const chunk of chunks) {
      if (lengthBytes !== image.sizeBytes) throw wrongLength(image, lengthBytes);
      if (this.firstByteMs === 0) this.firstByteMs = performance.now() - this.startedAt;
      garbage.passed(chunk.length);
      bytes += chunk.length;
      this.bytesDownloaded += chunk.length;
      if (bytes > image.sizeBytes) throw wrongLength(image, bytes);
      onProgress?.({ bytesDownloaded: bytes, bytesTotal: image.sizeBytes });
      yield chunk;
    }
    if (bytes < image.sizeBytes) throw brokenOff(image, bytes);
  }

  /** Writes what a step brought; true when the layout needs a stored file. */
  private async take(step: ReadStep): Promise<boolean> {
    switch (step.status) {
      case 'refused':
        throw refusedImage(step.verdict);
      case 'failed':
        this.problem = step.problem;
        return false;
      case 'needs-spool':
        return true;
      case 'decoding':
        await this.write(step.regions);
        return false;
      case 'finished':
        this.virtualSizeBytes = step.virtualSizeBytes;
        await this.write(step.regions);
        return false;
    }
  }

  /** Opens the object as soon as the inspector has accepted the image: a raw image's disk is as large as the image. */
  private async write(regions: readonly DecodedRegion[]): Promise<void> {
    if (this.reader.verdict?.kind !== 'accepted') return;
    await this.openOnce();
    for (const region of regions) {
      const unpacked = 'packed' in region ? unpackRegion(region) : ({ status: 'unpacked', region } as const);
      if (unpacked.status === 'failed') {
        this.problem = unpacked.problem;
        return;
      }
      await this.writer?.write([unpacked.region]);
    }
  }

  private async openOnce(): Promise<void> {
    if (this.writer) return;
    const { image, open, unitBytes = 64 * 1024 } = this.options;
    this.virtualSizeBytes = this.reader.virtualSizeBytes ?? image.sizeBytes;
    this.object = await open(this.virtualSizeBytes);
    this.writer = new UnitWriter(this.object, this.virtualSizeBytes, unitBytes);
  }

  /**
   * Fetches the image again, stores it and decodes it from there. What was written in the first pass is right and stays, provided
   * that the bytes it came from are the same again: so they are compared.
   */
  private async spool(lane: HashLane): Promise<string> {
    const passedBytes = this.bytesDownloaded;
    const passed = await lane.digest();
    lane.begin(this.expected.algorithm);
    await this.openOnce();
    const { writer } = this;
    if (!writer) throw new Error('nothing was opened for writing');
    await writer.settle();
    let digest = '';
    const spooled = await spoolImage({
      directory: this.options.scratchDirectory,
      chunks: this.download(),
      onChunk: (chunk) => this.hashAgain(lane, chunk, { passedBytes, passed }),
      onStored: async () => void (digest = await this.compared(lane)),
      onRegion: (region) => writer.write([region]),
    });
    if (spooled.status === 'failed') throw undecodable(spooled.problem);
    this.virtualSizeBytes = spooled.virtualSizeBytes;
    await writer.end();
    return digest;
  }

  /** Hashes a chunk of the second pass; where the first one had ended, the hash must be what it was then. */
  private async hashAgain(
    lane: HashLane,
    chunk: Buffer,
    { passedBytes, passed }: { readonly passedBytes: number; readonly passed: string },
  ): Promise<void> {
    const until = this.bytesDownloaded - passedBytes;
    const mark = passedBytes - (until - chunk.length);
    if (mark <= 0 || mark > chunk.length) return lane.update(chunk);
    await lane.update(chunk.subarray(0, mark));
    if ((await lane.peek()) !== passed) throw changedMeanwhile(this.options.image);
    await lane.update(chunk.subarray(mark));
  }
}

const round = (ms: number) => Math.round(ms * 10) / 10;
