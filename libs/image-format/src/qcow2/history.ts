/** A stretch of the file that is at hand: `chunk` holds its bytes from `start` to before `end`. */
export interface FileWindow {
  readonly start: number;
  readonly end: number;
  readonly chunk: Buffer;
}

/** The bytes of a file from `from` to before `until`. */
export interface ByteRange {
  readonly from: number;
  readonly until: number;
}

/**
 * Chunks below the first size are not worth an object of their own and are copied into pieces of the second, which is
 * also how much may lie too far back before it is looked for.
 */
const sizes = { smallChunkBytes: 16 * 1024, pieceBytes: 64 * 1024 };

/** The last bytes of the file that have passed, kept as the chunks they came in; only small ones are copied. */
export class History {
  /** By place in the file. Those that are needed longer than what followed them leave a gap behind them. */
  private windows: FileWindow[] = [];
  /** The piece that small chunks are being copied into; its window is the last one. */
  private piece: Buffer | undefined;
  private forgottenUntil = 0;

  /** Adds the chunk that follows all others. */
  add(window: FileWindow): void {
    const { length } = window.chunk;
    if (length === 0) return;
    if (length < sizes.smallChunkBytes) {
      this.addSmall(window);
      return;
    }
    this.piece = undefined;
    this.windows.push(window);
  }

  /** Lets go of chunks that lie wholly before `position`, except those that hold a part of `kept`. */
  forget(position: number, kept: ByteRange): void {
    if (position - this.forgottenUntil < sizes.pieceBytes) return;
    this.forgottenUntil = position;
    this.windows = this.windows.filter(({ start, end }) => end > position || (start < kept.until && kept.from < end));
  }

  /** What is held of the bytes from `from` to `until`, as views in the order of the file. */
  views(from: number, until: number): { host: number; bytes: Buffer }[] {
    const views: { host: number; bytes: Buffer }[] = [];
    for (let index = this.firstEndingAfter(from); index < this.windows.length; index++) {
      const { start, end, chunk } = this.windows[index]!;
      if (start >= until) break;
      const host = Math.max(start, from);
      views.push({ host, bytes: chunk.subarray(host - start, Math.min(end, until) - start) });
    }
    return views;
  }

  /** What is held of the bytes from `from` to `until`, in one: a view where one chunk holds them all. */
  bytes(from: number, until: number): Buffer {
    const views = this.views(from, until);
    const [first] = views;
    return first && views.length === 1 ? first.bytes : Buffer.concat(views.map(({ bytes }) => bytes));
  }

  private firstEndingAfter(position: number): number {
    let low = 0;
    let high = this.windows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.windows[middle]!.end > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Views on the piece stay right: only what lies behind them is written. */
  private addSmall({ start, end, chunk }: FileWindow): void {
    const last = this.windows.at(-1);
    const { piece } = this;
    if (!piece || !last || end - last.start > piece.length) {
      this.piece = Buffer.allocUnsafeSlow(sizes.pieceBytes);
      chunk.copy(this.piece);
      this.windows.push({ start, end, chunk: this.piece.subarray(0, chunk.length) });
      return;
    }
    chunk.copy(piece, start - last.start);
    this.windows[this.windows.length - 1] = { start: last.start, end, chunk: piece.subarray(0, end - last.start) };
  }
}
