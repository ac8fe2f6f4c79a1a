/** How much patience a download has with a connection that breaks. */
export interface ResumeBudget {
  /** Attempts in a row that may bring less than `progressBytes`; 0: a download that breaks has failed. */
  readonly fruitlessMax: number;
  /** Attempts in all, however much each of them brings. */
  readonly resumptionsMax: number;
  /** What an attempt has to bring for the pauses to be short again. */
  readonly progressBytes: number;
  /** Before the first attempt; it doubles with each fruitless one, up to `pauseMsMax`. */
  readonly pauseMs: number;
  readonly pauseMsMax: number;
}

/** An image service that is restarted comes back within the half minute that five attempts last, with what its client waits. */
export const defaultResumeBudget: ResumeBudget = {
  fruitlessMax: 5,
  resumptionsMax: 100,
  progressBytes: 1024 * 1024,
  pauseMs: 500,
  pauseMsMax: 30_000,
};

/** What is left of a budget in the course of one download. */
export class ResumeAccount {
  private fruitless = 0;
  private spent = 0;

  /** @param random from 0 up to 1 */
  constructor(
    private readonly budget: ResumeBudget,
    private readonly random: () => number = Math.random,
  ) {}

  /** Attempts so far. */
  get resumptions(): number {
    return this.spent;
  }

  /**
   * Takes one attempt out of the budget: the pause before it in milliseconds, or undefined when none is left. Pauses vary by half, so
   * that downloads which broke together do not come back together.
   *
   * @param broughtBytes what the connection brought that has just broken
   */
  take(broughtBytes: number): number | undefined {
    const { fruitlessMax, resumptionsMax, progressBytes, pauseMs, pauseMsMax } = this.budget;
    if (broughtBytes >= progressBytes) this.fruitless = 0;
    if (this.fruitless >= fruitlessMax || this.spent >= resumptionsMax) return undefined;
    const longest = Math.min(pauseMs * 2 ** this.fruitless, pauseMsMax);
    this.fruitless += 1;
    this.spent += 1;
    return longest * (0.5 + this.random() / 2);
  }
}
