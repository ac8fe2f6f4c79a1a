/**
 * Lets bytes pass at a steady rate, all downloads together. What was not used while nobody asked is saved up for a twentieth of a second,
 * so that a download is as fast in the long run as it is told to be, and never much faster for a short one.
 */
export class TokenBucket {
  private readonly burstBytes: number;
  private savedBytes: number;
  private lookedAtMs = 0;

  constructor(readonly bytesPerSecond: number) {
    this.burstBytes = bytesPerSecond / 20;
    this.savedBytes = this.burstBytes;
  }

  /** Takes bytes out, ahead of time if need be: how long to wait before they are sent. */
  take(bytes: number, nowMs: number): number {
    const earned = ((nowMs - this.lookedAtMs) / 1000) * this.bytesPerSecond;
    this.savedBytes = Math.min(this.burstBytes, this.savedBytes + earned) - bytes;
    this.lookedAtMs = nowMs;
    return Math.max(0, (-this.savedBytes / this.bytesPerSecond) * 1000);
  }
}
