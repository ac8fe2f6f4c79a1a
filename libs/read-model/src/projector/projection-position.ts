interface Waiter {
  readonly sequence: number;
  readonly reached: () => void;
}

/** How far the read model has followed the log, as this process knows it; whoever wrote may wait to read what it wrote. */
export class ProjectionPosition {
  private position = 0;
  private readonly waiters = new Set<Waiter>();

  /** Position of the last commit that is in the rows. */
  get sequence(): number {
    return this.position;
  }

  /** The rows hold everything up to this position. Never goes back. */
  advance(sequence: number): void {
    if (sequence <= this.position) return;
    this.position = sequence;
    for (const waiter of this.waiters) if (waiter.sequence <= sequence) waiter.reached();
  }

  /** True as soon as the rows hold the commit at this position; false when they do not within the time. */
  waitFor(sequence: number, timeoutMs: number): Promise<boolean> {
    if (sequence <= this.position) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end = (reached: boolean) => {
        clearTimeout(timer);
        this.waiters.delete(waiter);
        resolve(reached);
      };
      const waiter: Waiter = { sequence, reached: () => end(true) };
      const timer = setTimeout(() => end(false), timeoutMs);
      this.waiters.add(waiter);
    });
  }
}
