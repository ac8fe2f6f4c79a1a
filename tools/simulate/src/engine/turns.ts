import type { Random } from '@hearth/image-format/testing';
import type { VirtualTime } from './virtual-time';

interface Waiting {
  readonly isGone: () => boolean;
  readonly go: () => void;
}

/** Taken before timers are replaced: all that is ready without anybody's turn runs before it calls back. */
const whenQuiet = setImmediate;

/** Who goes next: everything that touches the world waits for its turn, and one at a time gets it, by chance alone. */
export class Turns {
  private waiting: Waiting[] = [];
  /** Turns that were given. */
  taken = 0;

  constructor(
    private readonly random: Random,
    private readonly time: VirtualTime,
  ) {}

  /** Resolves when it is the caller's turn; never, once the caller is gone. */
  next(isGone: () => boolean = () => false): Promise<void> {
    return new Promise((resolve) => this.waiting.push({ isGone, go: resolve }));
  }

  /** Gives so many turns, or fewer, when all have come to rest before, or `isEnough`. True while something may still go on. */
  async give(turns: number, isEnough: () => boolean = () => false): Promise<boolean> {
    for (let given = 0; given < turns; given += 1) {
      await new Promise<void>((resolve) => whenQuiet(resolve));
      if (isEnough()) return true;
      if (!this.giveOne() && !this.time.toNextTimer()) return false;
    }
    return true;
  }

  private giveOne(): boolean {
    while (this.waiting.length > 0) {
      const at = this.random.below(this.waiting.length);
      const chosen = this.waiting[at]!;
      this.waiting[at] = this.waiting.at(-1)!;
      this.waiting.pop();
      if (chosen.isGone()) continue;
      this.taken += 1;
      this.time.nowMs += 1;
      chosen.go();
      return true;
    }
    return false;
  }
}
