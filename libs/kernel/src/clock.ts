/** The present moment as an argument: apps pass the system's clock, tests one they hold in their hands. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number;
}
