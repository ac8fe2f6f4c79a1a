/** What the system promises does not hold. */
export class BrokenPromiseError extends Error {
  constructor(
    /** Its number and words. */
    readonly promise: string,
    readonly found: string,
  ) {
    super(`${promise}: ${found}`);
    this.name = 'BrokenPromiseError';
  }
}
