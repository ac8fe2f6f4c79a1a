import { askForSpool } from '../decode-stop';
import type { Extent } from './tables';

/** The part of the file that is at hand: `chunk` lies at bytes `start` to `end`. */
export interface FileWindow {
  readonly start: number;
  readonly end: number;
  readonly chunk: Buffer;
}

/**
 * Bounds on what is gathered at once. A valid file needs one table (an L1 table has at most 32 MiB) or the few
 * compressed clusters that share a sector; a crafted one could ask for thousands over the same bytes.
 */
const limits = { extents: 1024, bytes: 64 * 1024 * 1024 };

/** Stretches of the file that are of use only once they are whole. Copies only those that span two chunks. */
export class GatheredExtents {
  private open: GatheredExtent[] = [];
  private openBytes = 0;

  /** @param passed the stretch's first bytes, where they came before it was known to be needed */
  begin(extent: Extent, passed: Iterable<{ host: number; bytes: Buffer }> = []): void {
    this.open.push(new GatheredExtent(extent, passed));
    this.openBytes += extent.length;
    if (this.open.length > limits.extents || this.openBytes > limits.bytes) {
      askForSpool(`too many tables or compressed clusters share the bytes from ${extent.host} on`);
    }
  }

  /** Takes out the stretch that ends first, if it ends at or before `position`. */
  takeWhole(position: number): GatheredExtent | undefined {
    let first: GatheredExtent | undefined;
    for (const candidate of this.open) {
      if (candidate.end <= position && (!first || candidate.end < first.end)) first = candidate;
    }
    if (!first) return undefined;
    this.open.splice(this.open.indexOf(first), 1);
    this.openBytes -= first.extent.length;
    return first;
  }

  /** Copies what the window holds of every stretch that is not whole yet: the window's chunk is going away. */
  keep(window: FileWindow): void {
    for (const gathered of this.open) gathered.copyFrom(window);
  }

  /** Takes out all that is left when the file has ended, with as many bytes as there were. */
  takeRest(): { extent: Extent; bytes: Buffer }[] {
    const rest = this.open.map((gathered) => ({ extent: gathered.extent, bytes: gathered.copied }));
    this.open = [];
    this.openBytes = 0;
    return rest;
  }
}

/** One stretch on its way to being whole. */
export class GatheredExtent {
  readonly end: number;
  private buffer: Buffer | undefined;
  private copiedBytes = 0;

  constructor(
    readonly extent: Extent,
    passed: Iterable<{ host: number; bytes: Buffer }>,
  ) {
    this.end = extent.host + extent.length;
    for (const { host, bytes } of passed) this.copyFrom({ start: host, end: host + bytes.length, chunk: bytes });
  }

  get copied(): Buffer {
    return this.buffer?.subarray(0, this.copiedBytes) ?? Buffer.alloc(0);
  }

  /** All bytes of the stretch, whose last ones are in the window: a view where it began there too. */
  bytesIn(window: FileWindow): Buffer {
    if (!this.buffer) {
      return window.chunk.subarray(this.extent.host - window.start, this.end - window.start);
    }
    this.copyFrom(window);
    return this.buffer;
  }

  copyFrom({ chunk, start, end }: FileWindow): void {
    this.buffer ??= Buffer.allocUnsafe(this.extent.length);
    const from = Math.max(this.extent.host, start);
    const until = Math.min(this.end, end);
    chunk.copy(this.buffer, from - this.extent.host, from - start, until - start);
    this.copiedBytes = until - this.extent.host;
  }
}
