/** The least that one side of a transfer has to do of its part: less is as if it did nothing. */
export interface MinimumProgress {
  readonly bytes: number;
  /** Milliseconds of waiting for that side, and for no other, in which it has to come. */
  readonly withinMs: number;
}

/** Two Mbit/s: an image service is not slower than that. */
export const defaultMinimumProgress: MinimumProgress = { bytes: 8 * 1024 * 1024, withinMs: 30_000 };

/** Watches one side of a transfer: a byte now and then must not hold a fill, or a place, for ever. */
export class ProgressWatch {
  private waitedMs = 0;
  private bytes = 0;

  constructor(private readonly minimum: MinimumProgress) {}

  /** To be told of every wait, and of what it has brought. Undefined, or what is too little about it. */
  complaint(waitedMs: number, bytes: number): string | undefined {
    this.waitedMs += waitedMs;
    this.bytes += bytes;
    if (this.waitedMs < this.minimum.withinMs) return undefined;
    const passed = { bytes: this.bytes, waitedMs: this.waitedMs };
    [this.bytes, this.waitedMs] = [0, 0];
    if (passed.bytes >= this.minimum.bytes) return undefined;
    return `${passed.bytes} bytes in ${Math.round(passed.waitedMs)} ms, where ${this.minimum.bytes} are the least`;
  }
}
