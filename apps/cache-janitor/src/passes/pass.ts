/** What a run of a pass did, in numbers. */
export interface PassStatus {
  /** What was looked at. */
  readonly examined: number;
  /** What was found to need something. */
  readonly owed: number;
  /** What was done about it. */
  readonly done: number;
  /** What has to wait for another run: beyond the bound of one, or its host is away. */
  readonly left: number;
}

/**
 * A periodic full look, the second net below everything that reacts. A pass takes no input, may be run at any time and by several
 * janitors at once, does a bounded amount of work in each run, and says what it did. Throws `StoreUnavailableError`.
 */
export interface Pass {
  readonly name: string;
  readonly intervalMs: number;
  run(): Promise<PassStatus>;
}
