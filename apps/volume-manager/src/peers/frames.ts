import { blockBytes, partBytes } from '../fill/disk/content-digest';
import { PeerDeclinedError } from './peer-declined.error';

/**
 * How a disk travels from host to host: its data, in ascending order, as frames; what no frame covers is zeros.
 *
 * A frame is a head of 17 bytes, all numbers big-endian, and what it announces:
 *
 * | bytes | of a frame of data                             | of the last frame       |
 * | ----- | ---------------------------------------------- | ----------------------- |
 * | 1     | 1: as it is; 2: as a raw deflate stream        | 3                       |
 * | 8     | where on the disk it begins                    | bytes of data, unpacked |
 * | 4     | bytes of the disk that it stands for           | frames of data          |
 * | 4     | bytes that follow                              | 0                       |
 *
 * A frame begins at a multiple of 64 KiB, is no longer than 1 MiB and crosses no multiple of 1 MiB. The last frame counts what came
 * on this connection: a stream without one was cut, and goes on where its last whole frame ended.
 */
export const frameHeadBytes = 17;

export type FrameEncoding = 'raw' | 'deflate';

/** A stretch of the disk as it travels. */
export interface DataFrame {
  /** Where it begins on the disk, in bytes. */
  readonly offset: number;
  /** Bytes of the disk that it stands for. */
  readonly lengthBytes: number;
  readonly encoding: FrameEncoding;
  readonly bytes: Buffer;
}

/** What came before the last frame. */
export interface FrameCounts {
  readonly frames: number;
  readonly dataBytes: number;
}

const kinds: Readonly<Record<FrameEncoding, number>> = { raw: 1, deflate: 2 };
const endKind = 3;

function head(kind: number, wide: number, [first, second]: readonly [number, number]): Buffer {
  const bytes = Buffer.alloc(frameHeadBytes);
  bytes.writeUInt8(kind, 0);
  bytes.writeBigUInt64BE(BigInt(wide), 1);
  bytes.writeUInt32BE(first, 9);
  bytes.writeUInt32BE(second, 13);
  return bytes;
}

/** What goes before the bytes of a frame. */
export function dataHead({ offset, lengthBytes, encoding, bytes }: DataFrame): Buffer {
  return head(kinds[encoding], offset, [lengthBytes, bytes.length]);
}

/** The last frame. */
export function endFrame({ frames, dataBytes }: FrameCounts): Buffer {
  return head(endKind, dataBytes, [frames, 0]);
}

/** The stream ended before its last frame: the connection broke. */
export class CutOffError extends Error {
  constructor(cause?: unknown) {
    super('the stream of a disk was cut off', { cause });
    this.name = 'CutOffError';
  }
}

/**
 * The frames of a stream, each once it is whole. A frame's bytes are valid until the next one is asked for.
 *
 * Throws `CutOffError` when the stream ends too early or `chunks` throws; `PeerDeclinedError` `bad-stream` for what is no such
 * stream, or leaves the disk.
 */
export async function* framesOf(
  chunks: AsyncIterable<Buffer>,
  disk: { readonly fromByte: number; readonly sizeBytes: number },
): AsyncGenerator<DataFrame> {
  const input = new ExactInput(chunks);
  const [headBytes, body] = [Buffer.alloc(frameHeadBytes), Buffer.alloc(blockBytes)];
  let next = disk.fromByte;
  const counts = { frames: 0, dataBytes: 0 };
  try {
    for (;;) {
      await input.fill(headBytes);
      const kind = headBytes.readUInt8(0);
      if (kind === endKind) return requireCounts(headBytes, counts);
      const { offset, lengthBytes, encoding, encodedBytes } = frameOf(headBytes, { next, sizeBytes: disk.sizeBytes });
      const bytes = body.subarray(0, encodedBytes);
      await input.fill(bytes);
      yield { offset, lengthBytes, encoding, bytes };
      next = offset + lengthBytes;
      counts.frames += 1;
      counts.dataBytes += lengthBytes;
    }
  } finally {
    await input.leave();
  }
}

function frameOf(bytes: Buffer, { next, sizeBytes }: { readonly next: number; readonly sizeBytes: number }) {
  const kind = bytes.readUInt8(0);
  const offset = Number(bytes.readBigUInt64BE(1));
  const lengthBytes = bytes.readUInt32BE(9);
  const encodedBytes = bytes.readUInt32BE(13);
  const encoding = kind === kinds.raw ? 'raw' : kind === kinds.deflate ? 'deflate' : undefined;
  if (!encoding) throw badStream(`a frame of the unknown kind ${kind}`);
  if (offset < next || offset % partBytes !== 0) throw badStream(`a frame at ${offset} after one that ends at ${next}`);
  const roomInBlock = blockBytes - (offset % blockBytes);
  if (lengthBytes === 0 || lengthBytes > roomInBlock || offset + lengthBytes > sizeBytes) {
    throw badStream(`a frame of ${lengthBytes} bytes at ${offset} of a disk of ${sizeBytes}`);
  }
  const isSized = encoding === 'raw' ? encodedBytes === lengthBytes : encodedBytes > 0 && encodedBytes < lengthBytes;
  if (!isSized) throw badStream(`${encodedBytes} bytes (${encoding}) for ${lengthBytes} of the disk`);
  return { offset, lengthBytes, encoding, encodedBytes } as const;
}

function requireCounts(bytes: Buffer, counted: FrameCounts): void {
  const told = { dataBytes: Number(bytes.readBigUInt64BE(1)), frames: bytes.readUInt32BE(9) };
  if (told.dataBytes === counted.dataBytes && told.frames === counted.frames % 2 ** 32) return;
  throw badStream(`an end after ${told.frames} frames, where ${counted.frames} have come`);
}

const badStream = (what: string) => new PeerDeclinedError('bad-stream', `the stream of a disk holds ${what}`);

/** Chunks of any size as pieces of a size that is asked for. */
class ExactInput {
  private readonly chunks: AsyncIterator<Buffer>;
  private chunk: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Buffer>) {
    this.chunks = chunks[Symbol.asyncIterator]();
  }

  async fill(target: Buffer): Promise<void> {
    for (let at = 0; at < target.length;) {
      if (this.chunk.length === 0) this.chunk = await this.next();
      const copied = this.chunk.copy(target, at);
      this.chunk = this.chunk.subarray(copied);
      at += copied;
    }
  }

  async leave(): Promise<void> {
    await this.chunks.return?.();
  }

  private async next(): Promise<Buffer> {
    const next = await this.chunks.next().catch((error: unknown) => {
      throw new CutOffError(error);
    });
    if (next.done) throw new CutOffError();
    return next.value;
  }
}
