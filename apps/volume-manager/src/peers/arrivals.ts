import type { IncomingMessage } from 'node:http';

/** Chunks that may wait to be asked for. */
const waitingBytesMax = 1024 * 1024;

/**
 * What arrives on a connection, as many chunks at a time as there are: a chunk is a TLS record of 16 KiB at most, and a turn for each
 * would cost more than the copying. Before the first `next` nothing flows.
 */
export class Arrivals {
  private chunks: Buffer[] = [];
  private waitingBytes = 0;
  private end: { readonly error: Error | undefined } | undefined;
  private wake: () => void = () => undefined;
  private isFlowing = false;

  constructor(private readonly response: IncomingMessage) {
    response.on('end', () => this.ended());
    response.on('error', (error) => this.ended(error));
    response.on('close', () => this.ended(new Error('the connection was closed')));
  }

  /**
   * The next chunks, one at least; undefined at the end. Throws what the connection has failed with; one that brings nothing for
   * `limitMs` is ended.
   */
  async next(limitMs: number): Promise<readonly Buffer[] | undefined> {
    while (this.chunks.length === 0 && !this.end) await this.arrival(limitMs);
    const { chunks } = this;
    [this.chunks, this.waitingBytes] = [[], 0];
    if (this.isFlowing) this.response.resume();
    if (chunks.length > 0) return chunks;
    if (this.end?.error) throw this.end.error;
    return undefined;
  }

  leave(): void {
    this.response.destroy();
  }

  private async arrival(limitMs: number): Promise<void> {
    const timer = setTimeout(() => this.response.destroy(new Error(`nothing came for ${limitMs} ms`)), limitMs);
    try {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        if (!this.isFlowing) this.flow();
      });
    } finally {
      clearTimeout(timer);
    }
  }

  private flow(): void {
    this.isFlowing = true;
    this.response.on('data', (chunk: Buffer) => {
      this.chunks.push(chunk);
      this.waitingBytes += chunk.length;
      if (this.waitingBytes >= waitingBytesMax) this.response.pause();
      // Behind whatever else the connection has brought in the same turn.
      if (this.chunks.length === 1) setImmediate(() => this.wake());
    });
  }

  private ended(error?: Error): void {
    this.end ??= { error };
    this.wake();
  }
}
