/**
 * One costly sync for everybody who waits for one: a caller joins the next sync to begin, never one under way, because that
 * may have begun before the caller's own change. A hundred clones at once then cost a handful of syncs of their directory.
 */
export class SharedSync {
  #last: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(private readonly sync: () => Promise<void>) {}

  /** Settles when a sync that began after this call has ended. */
  join(): Promise<void> {
    this.#next ??= this.#last.then(() => this.#begin());
    return this.#next;
  }

  #begin(): Promise<void> {
    this.#next = undefined;
    const run = this.sync();
    this.#last = run.catch(() => undefined);
    return run;
  }
}
