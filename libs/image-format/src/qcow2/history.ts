import type { FileWindow } from './gathered-extents';

/** The bytes of a file from `from` to before `until`. */
export interface ByteRange {
  readonly from: number;
  readonly until: number;
}

/**
 * The last bytes of the file that have passed, kept as the chunks they came in. Nothing is copied, except that
 * chunks too small to be worth an object of their own are put together.
 */
export class History {
  private windows: FileWindow[] = [];

  /** Adds the chunk that follows all others. */
  add(window: FileWindow): void {
    if (window.chunk.length > 0) this.windows.push(window);
  }

  /** Lets go of chunks that lie wholly before `position`, except those that hold a part of `kept`. */
  forget(position: number, kept: ByteRange): void {
    this.windows = this.windows.filter(({ start, end }) => end > position || (start < kept.until && kept.from < end));
    if (this.windows.length > chunksMax) this.windows = joinNeighbours(this.windows);
  }

  /** The bytes from `from` to `until`, as views in the order of the file. They must still be held. */
  *views(from: number, until: number): Generator<{ host: number; bytes: Buffer }> {
    for (const { start, end, chunk } of this.windows) {
      const host = Math.max(start, from);
      const last = Math.min(end, until);
      if (host < last) yield { host, bytes: chunk.subarray(host - start, last - start) };
    }
  }
}

/** At the usual 64 KiB and more a chunk, fewer than this are held for any but the largest clusters. */
const chunksMax = 256;

function joinNeighbours(windows: readonly FileWindow[]): FileWindow[] {
  const groups: FileWindow[][] = [];
  for (const window of windows) {
    const group = groups.at(-1);
    if (group?.at(-1)?.end === window.start) group.push(window);
    else groups.push([window]);
  }
  return groups.map((group) => {
    const start = group[0]!.start;
    const chunk = Buffer.concat(group.map((window) => window.chunk));
    return { start, end: start + chunk.length, chunk };
  });
}
