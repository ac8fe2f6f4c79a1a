/** What the log holds at a position, without looking into it: a build that does not know its events can tell it again. */
export interface LogMessage {
  readonly sequence: number;
  /** Where it was sent to. */
  readonly subject: string;
  /** Of the commit; of a message that is no commit a name of its position. */
  readonly commitId: string;
  readonly bytes: Uint8Array;
}

/** The ends of the log. */
export interface LogBounds {
  /** The last position that was given; 0 in a log that is new. */
  readonly last: number;
  /** Positions up to there that hold nothing any more. */
  readonly gone: number;
}

/**
 * What a look at the log as a whole needs, as the one who decides about it sees it: no replica that lags behind is asked. Both throw
 * `StoreUnavailableError` when the log cannot be reached, `LogMissingError` when it does not exist.
 */
export interface LogTail {
  bounds(): Promise<LogBounds>;
  /** What is stored at a position; undefined where nothing is. */
  at(sequence: number): Promise<LogMessage | undefined>;
}

/** The broker answers, and has no log. */
export class LogMissingError extends Error {
  constructor(name: string) {
    super(`there is no log: the JetStream stream ${name} does not exist`);
    this.name = 'LogMissingError';
  }
}
