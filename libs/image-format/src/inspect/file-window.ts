import { type FileEnd, prefixBytes, type Stretch, tailBytes } from './asking';

interface Capture extends Stretch {
  readonly bytes: Buffer;
}

/**
 * What is kept of a file that streams by: its beginning, the stretches that were asked for ahead of time, and its last bytes.
 * Stretches are dropped when the next ones are asked for, so that memory stays bounded by the largest of them.
 */
export class FileWindow {
  /** Bytes that have gone by. */
  position = 0;
  private readonly prefix = Buffer.allocUnsafe(prefixBytes);
  private captures: readonly Capture[] = [];
  private wantedUntil = 0;
  private readonly recent = Buffer.allocUnsafe(64 * 1024);
  private recentLength = 0;

  /** Starts keeping these stretches; what of them lies in the prefix is there already. */
  want(stretches: readonly Stretch[]): void {
    this.captures = stretches.map((stretch) => this.begin(stretch));
    this.wantedUntil = Math.max(0, ...stretches.map(({ offset, length }) => offset + length));
  }

  /** Waits for the beginning of the file, which is kept anyhow. */
  wantPrefix(length: number): void {
    this.captures = [];
    this.wantedUntil = length;
  }

  /** Whether all that is wanted has gone by. */
  get complete(): boolean {
    return this.position >= this.wantedUntil;
  }

  /** The end of what is wanted, in bytes of the file. */
  get wantedBytes(): number {
    return this.wantedUntil;
  }

  /** The wanted stretches, in the order in which they were asked for. */
  get stretches(): readonly Buffer[] {
    return this.captures.map(({ bytes }) => bytes);
  }

  /** The beginning of the file, as far as it is kept. */
  beginning(length: number): Buffer {
    return Buffer.from(this.prefix.subarray(0, Math.min(length, this.position)));
  }

  /** Takes the file's next bytes: of a chunk what is wanted, or all where nothing is. Says how many it took. */
  take(chunk: Buffer, from: number): number {
    const available = chunk.length - from;
    const length = this.complete ? available : Math.min(available, this.wantedUntil - this.position);
    const bytes = chunk.subarray(from, from + length);
    if (this.position < prefixBytes) bytes.copy(this.prefix, this.position, 0, prefixBytes - this.position);
    for (const capture of this.captures) copyOverlap(capture, bytes, this.position);
    this.remember(bytes);
    this.position += length;
    return length;
  }

  end(): FileEnd {
    const tail = this.recent.subarray(Math.max(0, this.recentLength - tailBytes), this.recentLength);
    return { sizeBytes: this.position, tail: Buffer.from(tail) };
  }

  private begin({ offset, length }: Stretch): Capture {
    const kept = Math.min(this.position, prefixBytes);
    if (offset < this.position && kept < this.position && offset + length > kept) {
      throw new RangeError(`bytes ${offset} to ${offset + length} have gone by`);
    }
    const capture = { offset, length, bytes: Buffer.alloc(length) };
    copyOverlap(capture, this.prefix.subarray(0, kept), 0);
    return capture;
  }

  /** Keeps the last bytes. Small chunks are gathered, so that a file that comes byte by byte is not moved at each of them. */
  private remember(bytes: Buffer): void {
    if (bytes.length >= tailBytes) this.recentLength = 0;
    const fresh = bytes.subarray(Math.max(0, bytes.length - tailBytes));
    if (this.recentLength + fresh.length > this.recent.length) {
      this.recent.copyWithin(0, this.recentLength - tailBytes, this.recentLength);
      this.recentLength = tailBytes;
    }
    fresh.copy(this.recent, this.recentLength);
    this.recentLength += fresh.length;
  }
}

/** Copies what `bytes`, which lie at `position` of the file, have of a stretch. */
function copyOverlap({ offset, length, bytes: target }: Capture, bytes: Buffer, position: number): void {
  const from = Math.max(offset, position);
  const until = Math.min(offset + length, position + bytes.length);
  if (from < until) bytes.copy(target, from - offset, from - position, until - position);
}
