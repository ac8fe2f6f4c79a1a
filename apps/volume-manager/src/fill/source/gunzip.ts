import { createGunzip } from 'node:zlib';
import { ChunkGarbage } from '../chunk-garbage';
import { FillError } from '../fill-error';

export interface GunzipOptions {
  /** More than this is not unpacked. */
  readonly outputBytesMax: number;
}

const magic = [0x1f, 0x8b];
/** Smaller pieces are put together; zlib fills buffers of four times as much. */
const pieceBytesMin = 64 * 1024;

/**
 * Unpacks gzip (the container format `compressed`), on another thread and no faster than its bytes are taken: at most some hundred KiB
 * are held. A file may have several members, and zeros after the last one. Yields pieces of 64 KiB or more, the last one
 * excepted, which nobody else will touch. Whoever leaves early ends the source with it.
 *
 * Throws `FillError`: `image.unacceptable`, naming the check `gzip`, for what is no gzip, is damaged or cut, or has other bytes after
 * its end; `image.too_big` as soon as it passes `outputBytesMax`. Damage is reported when the source has been read to its
 * end, so that who hashes the bytes on their way can tell bytes damaged in transit from a bad image.
 */
export async function* gunzip(
  chunks: AsyncIterable<Buffer>,
  { outputBytesMax }: GunzipOptions,
): AsyncGenerator<Buffer> {
  const pieces = new Pieces();
  let outputBytes = 0;
  for await (const bytes of unpacked(chunks)) {
    outputBytes += bytes.length;
    if (outputBytes > outputBytesMax) throw tooLarge(outputBytesMax);
    pieces.add(bytes);
    if (pieces.bytes >= pieceBytesMin) yield pieces.take();
  }
  if (pieces.bytes > 0) yield pieces.take();
}

async function* unpacked(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const members = new GzipMembers();
  const garbage = new ChunkGarbage();
  let problem: FillError | undefined;
  let seenBytes = 0;
  try {
    for await (const chunk of chunks) {
      checkMagic(chunk, seenBytes);
      seenBytes += chunk.length;
      // What is damaged is read on, but not unpacked any further.
      if (problem || chunk.length === 0) continue;
      for await (const bytes of members.unpack(chunk)) {
        garbage.passed(bytes.length);
        yield bytes;
      }
      problem = members.problem;
    }
    if (seenBytes < magic.length) throw unacceptable('the file is too short to be gzip');
    if (!problem) yield* members.end();
    problem ??= members.problem;
    if (problem) throw problem;
  } finally {
    members.destroy();
  }
}

function checkMagic(chunk: Buffer, seenBytes: number): void {
  for (let at = seenBytes; at < magic.length && at - seenBytes < chunk.length; at += 1) {
    if (chunk[at - seenBytes] !== magic[at]) throw unacceptable('the file does not begin as gzip does');
  }
}

/** Members of a gzip file, one after the other, through zlib: it checks headers, check sums and lengths. */
class GzipMembers {
  /** What is wrong with the file, once that is known. */
  problem: FillError | undefined;
  private readonly stream = createGunzip({ chunkSize: 4 * pieceBytesMin });
  private fedBytes = 0;
  /** zlib has seen the end of a member and left alone what is after it, which begins no other one. */
  private ended = false;
  private wake: () => void = () => undefined;

  constructor() {
    this.stream
      .on('readable', () => this.wake())
      .on('end', () => {
        this.ended = true;
        this.wake();
      })
      .on('error', (error) => this.fail(error));
  }

  /** What these bytes bring; ends early when there is a problem. */
  async *unpack(chunk: Buffer): AsyncGenerator<Buffer> {
    let rest = chunk;
    if (!this.ended) {
      let isTaken = false;
      this.fedBytes += chunk.length;
      this.stream.write(chunk, (error) => {
        isTaken = true;
        if (error) this.fail(error);
        else this.wake();
      });
      yield* this.pieces(() => isTaken);
      rest = chunk.subarray(chunk.length - (this.fedBytes - this.stream.bytesWritten));
      this.ended ||= rest.length > 0;
    }
    if (this.ended && rest.some((byte) => byte !== 0)) this.problem ??= unacceptable('other bytes follow its end');
  }

  /** What is left when there are no more bytes. */
  async *end(): AsyncGenerator<Buffer> {
    if (this.ended) return;
    this.stream.end();
    yield* this.pieces(() => false);
  }

  destroy(): void {
    this.stream.destroy();
  }

  private fail(error: Error): void {
    this.problem ??= unacceptable(error.message, error);
    this.wake();
  }

  /** zlib unpacks the next piece when the one before was taken. */
  private async *pieces(isDone: () => boolean): AsyncGenerator<Buffer> {
    for (;;) {
      const piece = this.stream.read() as Buffer | null;
      if (piece) yield piece;
      else if (this.problem || this.ended || isDone()) return;
      else await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}

/** Bytes to be handed on together. */
class Pieces {
  bytes = 0;
  private readonly parts: Buffer[] = [];

  add(part: Buffer): void {
    this.parts.push(part);
    this.bytes += part.length;
  }

  take(): Buffer {
    this.bytes = 0;
    const parts = this.parts.splice(0);
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }
}

function unacceptable(detail: string, cause?: Error): FillError {
  const reason = `The image is not acceptable: gzip: ${detail}`;
  return new FillError({ code: 'image.unacceptable', reason }, { cause });
}

function tooLarge(outputBytesMax: number): FillError {
  const reason = `The image is too large: unpacked it has more than the ${outputBytesMax} bytes that are allowed.`;
  return new FillError({ code: 'image.too_big', reason });
}
