/**
 * The first bytes of a file, gathered from chunks of any size until as many are there as somebody asked for.
 * Grows by doubling, so a file that arrives byte by byte costs no more than one that arrives whole.
 */
export class Prefix {
  private held = Buffer.allocUnsafe(1024);
  private length = 0;

  /** What has been gathered so far: a view, valid until the next `fill`. */
  get bytes(): Buffer {
    return this.held.subarray(0, this.length);
  }

  /** Copies from `chunk`, starting at `from`, until `wantedBytes` are gathered; says how many bytes it took. */
  fill(chunk: Buffer, options: { from: number; wantedBytes: number }): number {
    const taken = Math.max(0, Math.min(options.wantedBytes - this.length, chunk.length - options.from));
    if (taken === 0) return 0;
    this.reserve(this.length + taken);
    chunk.copy(this.held, this.length, options.from, options.from + taken);
    this.length += taken;
    return taken;
  }

  private reserve(sizeBytes: number): void {
    if (sizeBytes <= this.held.length) return;
    const larger = Buffer.allocUnsafe(Math.max(sizeBytes, this.held.length * 2));
    this.held.copy(larger, 0, 0, this.length);
    this.held = larger;
  }
}
