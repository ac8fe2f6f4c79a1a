/** What came of a pass that was asked for. */
export interface PassResult {
  readonly pass: string;
  readonly status: 'done' | 'failed' | 'unreachable';
  /** What the janitor says of it, as JSON. */
  readonly detail: unknown;
}

/** The janitor's passes, run now. */
export interface JanitorPasses {
  /** Never rejects: what could not be asked for is `unreachable`, and comes at its own time anyway. */
  run(pass: string): Promise<PassResult>;
}
