/** Lets at most `atOnceMax` pieces of work through at a time, in the order in which they came. */
export class Gate {
  private running = 0;
  private readonly queue: (() => void)[] = [];

  constructor(private readonly atOnceMax: number) {}

  async pass<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.running >= this.atOnceMax) await new Promise<void>((enter) => this.queue.push(enter));
    else this.running += 1;
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
