import type { ObjectReader } from '@hearth/driver-api';
import type { BlockThreads } from '../fill/disk/block-threads';
import { ContentDigest, blockBytes, blocksOf } from '../fill/disk/content-digest';
import { pageAlignedMemory } from '../fill/disk/page-aligned-memory';

export interface DiskToRead {
  readonly reader: ObjectReader;
  readonly threads: Pick<BlockThreads, 'make'>;
  readonly signal: AbortSignal;
}

/** A block of a disk. What is zeros throughout shares its memory with others; nobody writes to it. */
export interface DiskBlock {
  readonly offset: number;
  readonly bytes: Buffer;
  /** The backend has nothing there. */
  readonly isHole: boolean;
}

/**
 * A disk from its first byte to its last, in blocks of 1 MiB, holes as zeros; one block is in memory at a time, and what is handed on is
 * the taker's. `digest` gives the digest of its content once all has been read. Throws the driver's errors, and the signal's reason.
 */
export class DiskRead {
  private readonly digests = new ContentDigest();

  constructor(private readonly disk: DiskToRead) {}

  get digest(): string {
    return this.digests.toString();
  }

  async *blocks(): AsyncGenerator<DiskBlock> {
    const { reader, signal } = this.disk;
    const { sizeBytes } = reader;
    const memory = pageAlignedMemory(blockBytes);
    let next = 0;
    for await (const block of blocksOf(reader)) {
      yield* this.holes(next, block);
      signal.throwIfAborted();
      yield { offset: block * blockBytes, bytes: await this.read(block, memory), isHole: false };
      next = block + 1;
    }
    yield* this.holes(next, Math.ceil(sizeBytes / blockBytes));
  }

  /** Read into memory that the thread which digests it may see, and copied out of that, for it is used again. */
  private async read(block: number, memory: SharedArrayBuffer): Promise<Buffer> {
    const { reader, threads } = this.disk;
    const length = this.lengthOf(block);
    const seen = Buffer.from(memory, 0, length);
    await reader.read(block * blockBytes, seen);
    const making = threads.make({ memory, offset: 0, length, packed: [], unitBytes: blockBytes });
    const bytes = Buffer.from(seen);
    this.digests.set(block, (await making).digest);
    return bytes;
  }

  private *holes(from: number, to: number): Generator<DiskBlock> {
    for (let block = from; block < to; block += 1) {
      this.disk.signal.throwIfAborted();
      yield { offset: block * blockBytes, bytes: zeros.subarray(0, this.lengthOf(block)), isHole: true };
    }
  }

  private lengthOf(block: number): number {
    return Math.min(blockBytes, this.disk.reader.sizeBytes - block * blockBytes);
  }
}

const zeros = Buffer.alloc(blockBytes);
