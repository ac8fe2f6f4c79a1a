/** So much work waits at a gate already that more would only be in the way: come back later. */
export class GateCrowdedError extends Error {
  constructor(gate: string, waitingMax: number) {
    super(`${waitingMax} pieces of work wait to ${gate} already; this one is tried again later`);
    this.name = 'GateCrowdedError';
  }
}

export interface GateOptions {
  /** What passes, as in "wait to …", for the error of a gate that is crowded. */
  readonly name?: string;
  /** Pieces of work at a time. */
  readonly atOnceMax: number;
  /** Pieces that may wait; without limit unless told. */
  readonly waitingMax?: number;
}

/** Lets so many pieces of work through at a time, in the order in which they came. */
export class Gate {
  private running = 0;
  private readonly queue: (() => void)[] = [];

  constructor(private readonly options: GateOptions) {}

  /** True while nothing passes or waits. */
  get isIdle(): boolean {
    return this.running === 0;
  }

  /** Throws `GateCrowdedError` at once when too much waits already. */
  async pass<Result>(work: () => Promise<Result>): Promise<Result> {
    const { name = 'pass', atOnceMax, waitingMax = Number.POSITIVE_INFINITY } = this.options;
    if (this.running >= atOnceMax) {
      if (this.queue.length >= waitingMax) throw new GateCrowdedError(name, waitingMax);
      await new Promise<void>((enter) => this.queue.push(enter));
    } else this.running += 1;
    try {
      return await work();
    } finally {
      // The place is handed to the next in line, so that nobody can slip in between.
      const next = this.queue.shift();
      if (next) next();
      else this.running -= 1;
    }
  }
}
