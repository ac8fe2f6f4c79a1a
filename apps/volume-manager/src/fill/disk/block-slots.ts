import type { PackedPart } from './block-orders';
import { blockBytes } from './content-digest';

/** Memory of one block, which threads can see too. */
export interface Slot {
  readonly memory: SharedArrayBuffer;
  /** The same memory: 1 MiB, zeros when it is taken. */
  readonly bytes: Buffer;
  /** What is to be unpacked into it. */
  readonly packed: PackedPart[];
}

const slotsMax = 10;

/** The memory of one disk's blocks: at most 10 MiB, taken as it is needed. */
export class BlockSlots {
  private readonly free: Slot[] = [];
  private readonly queue: ((slot: Slot) => void)[] = [];
  private made = 0;

  /** A slot, if there is one now. */
  take(): Slot | undefined {
    const slot = this.free.pop();
    if (slot) return slot;
    if (this.made >= slotsMax) return undefined;
    this.made += 1;
    const memory = new SharedArrayBuffer(blockBytes);
    return { memory, bytes: Buffer.from(memory), packed: [] };
  }

  /** A slot, as soon as there is one. */
  async next(): Promise<Slot> {
    return this.take() ?? new Promise((resolve) => this.queue.push(resolve));
  }

  give(slot: Slot): void {
    slot.bytes.fill(0);
    slot.packed.length = 0;
    const waiting = this.queue.shift();
    if (waiting) waiting(slot);
    else this.free.push(slot);
  }
}
