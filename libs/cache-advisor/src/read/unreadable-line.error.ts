/** A line of a file of events that cannot be what it should be. Lines count from 1. */
export class UnreadableLineError extends Error {
  constructor(
    readonly line: number,
    readonly why: string,
    options?: ErrorOptions,
  ) {
    super(`line ${line}: ${why}`, options);
    this.name = 'UnreadableLineError';
  }
}

/** Something in an event is not what it must be; whoever knows the line says which. */
export class UnfitEventError extends Error {
  constructor(why: string, options?: ErrorOptions) {
    super(why, options);
    this.name = 'UnfitEventError';
  }
}
