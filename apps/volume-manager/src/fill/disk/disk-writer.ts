import type { ObjectWriter } from '@hearth/driver-api';
import {
  type DecodeProblem,
  type DecodedRegion,
  type PackedRegion,
  type Region,
  prepareUnpacking,
  unpackRegion,
} from '@hearth/image-format';
import type { Run } from './block-orders';
import { BlockSet } from './block-set';
import { BlockSlots, type Slot } from './block-slots';
import type { BlockThreads } from './block-threads';
import { ContentDigest, blockBytes } from './content-digest';

/** Blocks that are being put together at once: an image need not be sorted to be written once. */
const openBlocksMax = 4;

/** A compressed piece of the image does not unpack. */
export class PackedProblemError extends Error {
  constructor(readonly problem: DecodeProblem) {
    super(problem.detail);
    this.name = 'PackedProblemError';
  }
}

export interface DiskWriterOptions {
  readonly sizeBytes: number;
  /** Whole units of so many bytes are written or left out: a divisor of 1 MiB. */
  readonly unitBytes: number;
  readonly threads: BlockThreads;
}

/** A block that is being put together. */
interface OpenBlock {
  readonly slot: Slot;
  /** The block was written before: only what came since then is written. */
  readonly isPatch: boolean;
}

/**
 * Writes the regions of a disk in whole aligned blocks of 1 MiB, of them the units that are not all zeros, and computes the
 * content's digest on the way. A hole smaller than a unit is written as zeros: each hole is an extent more, and a clone by reflink
 * costs time for every extent of its source.
 *
 * Regions may come in any order, and again if they bring the same bytes: where they come a second time for a block that is being put
 * together they are written once. What is compressed is unpacked on other threads. Memory is bounded: whoever is faster than the
 * backend waits.
 */
export class DiskWriter {
  private readonly open = new Map<number, OpenBlock>();
  /** Blocks of which something was given to the backend already. */
  private readonly begun = new BlockSet();
  /** Of those, the ones that got more later: their digest is computed at the end, from what the backend holds. */
  private readonly patched = new BlockSet();
  /** Blocks on their way to the backend; a later part of one waits for the earlier. */
  private readonly underWay = new Map<number, Promise<void>>();
  private readonly slots = new BlockSlots();
  private readonly digest = new ContentDigest();
  private failure: { readonly error: unknown } | undefined;
  private written = 0;

  constructor(
    private readonly target: ObjectWriter,
    private readonly options: DiskWriterOptions,
  ) {}

  /** Bytes given to the backend so far. */
  get bytesWritten(): number {
    return this.written;
  }

  /**
   * Takes regions; their bytes may be used again when the promise settles. Throws what a write before has thrown, and
   * `PackedProblemError`.
   */
  async write(regions: readonly DecodedRegion[]): Promise<void> {
    this.throwFailure();
    for (const region of regions) {
      if ('packed' in region) await this.putPacked(region);
      else await this.put(region);
    }
  }

  /** Writes what is left and waits for all writes. More may follow. */
  async flush(): Promise<void> {
    for (const block of [...this.open.keys()]) this.send(block);
    await this.settle();
    this.throwFailure();
  }

  /**
   * The same at the end of all, which tells the content's digest.
   *
   * @param onRead hears of every block that is read again for the digest: how many bytes were read, and how many will be
   */
  async end(onRead?: (bytesDone: number, bytesTotal: number) => void): Promise<string> {
    await this.flush();
    let blocksRead = 0;
    for (const block of this.patched) {
      await this.digestAgain(block);
      blocksRead += 1;
      onRead?.(blocksRead * blockBytes, this.patched.size * blockBytes);
    }
    return this.digest.toString();
  }

  /** Waits until nothing is under way, whatever became of it: before an object is given up. */
  async settle(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay.values());
  }

  private async put({ offset, bytes }: Region): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const position = offset + done;
      const block = Math.floor(position / blockBytes);
      const at = position - block * blockBytes;
      const length = Math.min(bytes.length - done, blockBytes - at);
      const { slot } = this.open.get(block) ?? (await this.begin(block));
      slot.put(at, bytes, done, done + length);
      done += length;
    }
  }

  /** A cluster lies in one block, or is larger than one; those are rare, and unpacked here. */
  private async putPacked(region: PackedRegion): Promise<void> {
    if (region.clusterSizeBytes > blockBytes) {
      await prepareUnpacking();
      const unpacked = unpackRegion(region);
      if (unpacked.status === 'failed') throw new PackedProblemError(unpacked.problem);
      return this.put(unpacked.region);
    }
    const block = Math.floor(region.offset / blockBytes);
    const at = region.offset - block * blockBytes;
    const { slot } = this.open.get(block) ?? (await this.begin(block));
    slot.packed.push({ ...region, packed: Uint8Array.from(region.packed), at });
    slot.mark(at, region.lengthBytes);
  }

  private async begin(block: number): Promise<OpenBlock> {
    const [oldest] = this.open.keys();
    if (oldest !== undefined && this.open.size >= openBlocksMax) this.send(oldest);
    const slot = this.slots.take() ?? (await this.slots.next());
    this.throwFailure();
    const opened = { slot, isPatch: this.begun.has(block) };
    this.open.set(block, opened);
    return opened;
  }

  /** Sends a block on its way. What goes wrong there is thrown by whatever is asked next. */
  private send(block: number): void {
    const opened = this.open.get(block);
    if (!opened) return;
    this.open.delete(block);
    opened.slot.clearRest();
    const before = this.underWay.get(block);
    const way = this.make(block, opened, before)
      .catch((error: unknown) => void (this.failure ??= { error }))
      .finally(() => {
        this.slots.give(opened.slot);
        if (this.underWay.get(block) === way) this.underWay.delete(block);
      });
    this.underWay.set(block, way);
    this.begun.add(block);
    if (opened.isPatch) this.patched.add(block);
  }

  private async make(block: number, { slot, isPatch }: OpenBlock, before: Promise<void> | undefined): Promise<void> {
    // Whatever becomes of this part, it has not ended before the earlier one has.
    const { runs, digest } = await this.ready(block, slot).finally(() => before);
    if (this.failure) return;
    if (!isPatch) this.digest.set(block, digest);
    // All of them have ended before the block's memory is used again, whatever became of one.
    const writes = await Promise.allSettled(
      (isPatch ? slot.runs() : runs).map((run) => this.writeRun(block, slot, run)),
    );
    for (const write of writes) if (write.status === 'rejected') throw write.reason;
  }

  private async ready(block: number, slot: Slot) {
    const { sizeBytes, unitBytes, threads } = this.options;
    const length = Math.min(blockBytes, sizeBytes - block * blockBytes);
    const made = await threads.make({
      memory: slot.memory,
      offset: slot.offset,
      length,
      packed: slot.packed,
      unitBytes,
    });
    if (made.problem) throw new PackedProblemError(made.problem);
    return made;
  }

  private async writeRun(block: number, slot: Slot, { at, length }: Run): Promise<void> {
    this.written += length;
    await this.target.write(block * blockBytes + at, slot.bytes.subarray(at, at + length));
  }

  private async digestAgain(block: number): Promise<void> {
    const slot = await this.slots.next();
    try {
      const length = Math.min(blockBytes, this.options.sizeBytes - block * blockBytes);
      await this.target.read(block * blockBytes, slot.bytes.subarray(0, length));
      slot.mark(0, length);
      slot.clearRest();
      this.digest.set(block, (await this.ready(block, slot)).digest);
    } finally {
      this.slots.give(slot);
    }
  }

  private throwFailure(): void {
    if (this.failure) throw this.failure.error;
  }
}
