import { blockBytes, partBytes } from '../fill/disk/content-digest';
import { PeerDeclinedError } from './peer-declined.error';

/**
 * How a disk travels from host to host: its data, in ascending order, as frames; what no frame covers is zeros.
 *
 * A frame is a head of 17 bytes, all numbers big-endian, and what it announces:
 *
 * | bytes | of a frame of data                      | of a frame of zeros  | of the last frame       |
 * | ----- | --------------------------------------- | -------------------- | ----------------------- |
 * | 1     | 1: as it is; 2: as a raw deflate stream | 4                    | 3                       |
 * | 8     | where on the disk it begins             | where the zeros end  | bytes of data, unpacked |
 * | 4     | bytes of the disk that it stands for    | 0                    | frames of data          |
 * | 4     | bytes that follow                       | 0                    | 0                       |
 *
 * A frame of data begins at a multiple of 64 KiB, is no longer than 1 MiB and crosses no multiple of 1 MiB. A frame of zeros says that
 * nothing comes before a byte: who looks through a long stretch for data is heard of now and then. The last frame counts the frames of
 * data that came on this connection: a stream without one was cut, and goes on behind what has come of it.
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
const zerosKind = 4;

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

/** Says that there is nothing but zeros up to before a byte, which is a multiple of 64 KiB or the disk's end. */
export function zerosFrame(untilByte: number): Buffer {
  return head(zerosKind, untilByte, [0, 0]);
}

/** The last frame. */
export function endFrame({ frames, dataBytes }: FrameCounts): Buffer {
  return head(endKind, dataBytes, [frames, 0]);
}

/** A frame that has begun. */
interface BegunFrame extends Omit<DataFrame, 'bytes'> {
  readonly encodedBytes: number;
  /** Bytes of it that have come. */
  gotBytes: number;
  /** What is compressed is put together; what is not is passed on as it comes. */
  readonly packed: Buffer | undefined;
}

/**
 * Takes a stream apart, chunk by chunk. Data that travels as it is comes out in pieces, as the chunks have them, with no copy made; what
 * is compressed in whole frames. Of zeros comes an empty piece at their end.
 */
export class FrameParser {
  private readonly headBytes = Buffer.alloc(frameHeadBytes);
  private headGot = 0;
  private frame: BegunFrame | undefined;
  private readonly counts = { frames: 0, dataBytes: 0 };
  /** Where the next frame may begin. */
  private next: number;
  private hasEnded = false;

  constructor(private readonly disk: { readonly fromByte: number; readonly sizeBytes: number }) {
    this.next = disk.fromByte;
  }

  /** The last frame has come. */
  get isEnded(): boolean {
    return this.hasEnded;
  }

  /** What lies before it has come: where the stream can go on, if it is cut now. */
  get reachedByte(): number {
    const { frame, next } = this;
    if (!frame) return next;
    return frame.packed ? frame.offset : frame.offset + Math.floor(frame.gotBytes / partBytes) * partBytes;
  }

  /** The bytes of pieces are those of the chunk. Throws `PeerDeclinedError` `bad-stream` for what is no such stream, or leaves the disk. */
  push(chunk: Buffer): DataFrame[] {
    const pieces: DataFrame[] = [];
    for (let at = 0; at < chunk.length;) {
      if (this.hasEnded) throw badStream('bytes behind its end');
      at += this.frame ? this.pushData(this.frame, chunk.subarray(at), pieces) : this.pushHead(chunk, at, pieces);
    }
    return pieces;
  }

  private pushHead(chunk: Buffer, at: number, pieces: DataFrame[]): number {
    const copied = chunk.copy(this.headBytes, this.headGot, at);
    this.headGot += copied;
    if (this.headGot < frameHeadBytes) return copied;
    this.headGot = 0;
    const kind = this.headBytes.readUInt8(0);
    if (kind === endKind) {
      requireCounts(this.headBytes, this.counts);
      this.hasEnded = true;
    } else if (kind === zerosKind) {
      this.next = endOfZeros(this.headBytes, { next: this.next, sizeBytes: this.disk.sizeBytes });
      pieces.push({ offset: this.next, lengthBytes: 0, encoding: 'raw', bytes: Buffer.alloc(0) });
    } else {
      const frame = frameOf(this.headBytes, { next: this.next, sizeBytes: this.disk.sizeBytes });
      const packed = frame.encoding === 'deflate' ? Buffer.alloc(frame.encodedBytes) : undefined;
      this.frame = { ...frame, gotBytes: 0, packed };
    }
    return copied;
  }

  private pushData(frame: BegunFrame, rest: Buffer, pieces: DataFrame[]): number {
    const { offset, lengthBytes, encoding, encodedBytes, gotBytes, packed } = frame;
    const bytes = rest.subarray(0, encodedBytes - gotBytes);
    if (packed) packed.set(bytes, gotBytes);
    else pieces.push({ offset: offset + gotBytes, lengthBytes: bytes.length, encoding, bytes });
    frame.gotBytes += bytes.length;
    if (frame.gotBytes === encodedBytes) {
      if (packed) pieces.push({ offset, lengthBytes, encoding, bytes: packed });
      this.frame = undefined;
      this.next = offset + lengthBytes;
      this.counts.frames += 1;
      this.counts.dataBytes += lengthBytes;
    }
    return bytes.length;
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

function endOfZeros(bytes: Buffer, { next, sizeBytes }: { readonly next: number; readonly sizeBytes: number }): number {
  const untilByte = Number(bytes.readBigUInt64BE(1));
  const isPlace = untilByte % partBytes === 0 || untilByte === sizeBytes;
  if (untilByte >= next && untilByte <= sizeBytes && isPlace) return untilByte;
  throw badStream(`zeros up to ${untilByte} after a frame that ends at ${next} of a disk of ${sizeBytes}`);
}

function requireCounts(bytes: Buffer, counted: FrameCounts): void {
  const told = { dataBytes: Number(bytes.readBigUInt64BE(1)), frames: bytes.readUInt32BE(9) };
  if (told.dataBytes === counted.dataBytes && told.frames === counted.frames % 2 ** 32) return;
  throw badStream(`an end after ${told.frames} frames, where ${counted.frames} have come`);
}

const badStream = (what: string) => new PeerDeclinedError('bad-stream', `the stream of a disk holds ${what}`);
