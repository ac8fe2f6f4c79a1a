import { copyBytes } from './copy-bytes';
import type { PackedPart, Run } from './block-orders';
import { blockBytes } from './content-digest';
import { pageAlignedMemory } from './page-aligned-memory';

/** Memory of one block, which threads can see too. */
export class Slot {
  /** The block's part of the memory. Holds what an earlier block left, until `put` and `clearRest` have gone over it. */
  readonly bytes: Buffer;
  /** What is to be unpacked into it. */
  readonly packed: PackedPart[] = [];
  /** Stretches that are known, in the order in which they came; neighbours as one. */
  private known: { from: number; until: number }[] = [];

  /** @param offset where the block lies in the memory */
  constructor(
    readonly memory: SharedArrayBuffer,
    readonly offset: number,
  ) {
    this.bytes = Buffer.from(memory, offset, blockBytes);
  }

  /** Copies `source` from `start` to before `end` to the place `at`. */
  put(at: number, source: Buffer, start: number, end: number): void {
    copyBytes(source.subarray(start, end), this.bytes, at);
    this.mark(at, end - start);
  }

  /** Says that a stretch will be known in time: it is unpacked by whoever makes the block ready. */
  mark(at: number, length: number): void {
    const last = this.known.at(-1);
    if (last?.until === at) last.until += length;
    else this.known.push({ from: at, until: at + length });
  }

  /** What was put or marked: ascending, and nothing twice. */
  runs(): Run[] {
    const runs: { at: number; length: number }[] = [];
    for (const { from, until } of this.known.sort((one, other) => one.from - other.from)) {
      const last = runs.at(-1);
      if (last && from <= last.at + last.length) last.length = Math.max(last.length, until - last.at);
      else runs.push({ at: from, length: until - from });
    }
    return runs;
  }

  /** Makes zeros of whatever was not put or marked. */
  clearRest(): void {
    let end = 0;
    for (const { at, length } of this.runs()) {
      this.bytes.fill(0, end, at);
      end = at + length;
    }
    this.bytes.fill(0, end);
  }

  /** The slot is for another block now. */
  reuse(): void {
    this.known = [];
    this.packed.length = 0;
  }
}

const slotsMax = 10;

/** The memory of one disk's blocks: at most 10 MiB, of which the system gives what is used. */
export class BlockSlots {
  private readonly memory = pageAlignedMemory(slotsMax * blockBytes);
  private readonly free: Slot[] = [];
  private readonly queue: ((slot: Slot) => void)[] = [];
  private made = 0;

  /** A slot, if there is one now. */
  take(): Slot | undefined {
    const slot = this.free.pop();
    if (slot || this.made >= slotsMax) return slot;
    this.made += 1;
    return new Slot(this.memory, (this.made - 1) * blockBytes);
  }

  /** A slot, as soon as there is one. */
  async next(): Promise<Slot> {
    return this.take() ?? new Promise((resolve) => this.queue.push(resolve));
  }

  give(slot: Slot): void {
    slot.reuse();
    const waiting = this.queue.shift();
    if (waiting) waiting(slot);
    else this.free.push(slot);
  }
}
