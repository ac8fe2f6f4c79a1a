import type { FillProgress } from '@hearth/contracts';

/** How far the fills and downloads that run now have come, by `progressKey`. */
export type RunningFills = ReadonlyMap<string, FillProgress>;

/**
 * How far running fills have come. Not facts: what is reported vanishes when its fill has been silent for the board's time to
 * live, and nothing of it is kept. Readers must do without it: a fill may run and not be on the board.
 */
export interface ProgressBoard {
  /** Replaces what was said of the same fill; to be called several times within the time to live. Throws `StoreUnavailableError`. */
  report(progress: FillProgress): Promise<void>;
  /** Takes a fill off the board at once, by its `progressKey`: it has ended. Throws `StoreUnavailableError`. */
  clear(key: string): Promise<void>;
  /** All that has not expired. Throws `StoreUnavailableError`. */
  all(): Promise<RunningFills>;
  /** All now, and again after every report, clearing and expiry, until the signal. Throws `StoreUnavailableError`. */
  watch(signal: AbortSignal): AsyncIterable<RunningFills>;
  /**
   * True for the first who asks for this step (letters, digits and `._=-`) within the time to live: of several who follow the
   * board one passes the step on. Throws `StoreUnavailableError`, and the step may be taken then.
   */
  firstToTell(step: string): Promise<boolean>;
}
