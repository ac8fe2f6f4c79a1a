/** The tables hold commits that the log has not: its end was lost, or this is another log. Nothing is written over it. */
export class LogTooShortError extends Error {
  constructor(
    readonly end: number,
    readonly followedTo: number,
  ) {
    super(
      `the log ends at position ${end}, but the read model has followed it to ${followedTo}: ` +
        'the end of the log was lost, or this is another log',
    );
    this.name = 'LogTooShortError';
  }
}
