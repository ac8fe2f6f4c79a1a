import type { FileWindow } from './gathered-extents';

/** The bytes of a file from `from` to before `until`. */
export interface ByteRange {
  readonly from: number;
  readonly until: number;
}

/** Chunks below the first size are not worth an object of their own and are put together into pieces of the second. */
const sizes = { smallChunkBytes: 16 * 1024, pieceBytes: 64 * 1024 };

/** The last bytes of the file that have passed, kept as the chunks they came in; only small ones are copied. */
export class History {
  private windows: FileWindow[] = [];
  /** Small chunks, the newest of all, not put together yet. */
  private small: FileWindow[] = [];
  private smallBytes = 0;

  /** Adds the chunk that follows all others. */
  add(window: FileWindow): void {
    const { length } = window.chunk;
    if (length === 0) return;
    if (length >= sizes.smallChunkBytes) {
      this.joinSmall();
      this.windows.push(window);
      return;
    }
    this.small.push(window);
    this.smallBytes += length;
    if (this.smallBytes >= sizes.pieceBytes) this.joinSmall();
  }

  /** Lets go of chunks that lie wholly before `position`, except those that hold a part of `kept`. */
  forget(position: number, kept: ByteRange): void {
    this.windows = this.windows.filter(({ start, end }) => end > position || (start < kept.until && kept.from < end));
  }

  /** What is held of the bytes from `from` to `until`, as views in the order of the file. */
  *views(from: number, until: number): Generator<{ host: number; bytes: Buffer }> {
    for (const windows of [this.windows, this.small]) {
      for (const { start, end, chunk } of windows) {
        const host = Math.max(start, from);
        const last = Math.min(end, until);
        if (host < last) yield { host, bytes: chunk.subarray(host - start, last - start) };
      }
    }
  }

  private joinSmall(): void {
    const [first] = this.small;
    if (!first) return;
    const chunk = Buffer.concat(this.small.map((window) => window.chunk));
    this.windows.push({ start: first.start, end: first.start + chunk.length, chunk });
    this.small = [];
    this.smallBytes = 0;
  }
}
