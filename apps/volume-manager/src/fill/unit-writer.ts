import { type Region, isZero } from '@hearth/image-format';
import type { ObjectWriter } from '@hearth/driver-api';

/** Writes under way at once. */
const writesMax = 8;

/**
 * Writes regions in whole aligned units, leaving out units that are all zeros. A hole smaller than a unit is written as zeros:
 * each hole is an extent more, and a clone by reflink costs time for every extent of its source.
 *
 * Regions may come in any order, and never twice for the same bytes.
 */
export class UnitWriter {
  /** Units of which something was written already: what comes later for them is written as it is. */
  private readonly begun = new Set<number>();
  /** Units whose first write is under way: a later write to one of them waits for it. */
  private readonly beginning = new Map<number, Promise<void>>();
  private unit = -1;
  private buffer: Buffer;
  private readonly spare: Buffer[] = [];
  private readonly running = new Set<Promise<void>>();
  private failure: { readonly error: unknown } | undefined;
  private written = 0;

  constructor(
    private readonly target: ObjectWriter,
    private readonly sizeBytes: number,
    private readonly unitBytes: number,
  ) {
    this.buffer = Buffer.alloc(unitBytes);
  }

  /** Bytes given to the backend so far. */
  get bytesWritten(): number {
    return this.written;
  }

  /** Takes regions; their bytes may be used again when the promise settles. Throws what a write has thrown. */
  async write(regions: readonly Region[]): Promise<void> {
    for (const { offset, bytes } of regions) {
      for (let at = 0; at < bytes.length;) {
        const position = offset + at;
        const unit = Math.floor(position / this.unitBytes);
        const within = position - unit * this.unitBytes;
        const length = Math.min(bytes.length - at, this.unitBytes - within);
        if (unit !== this.unit) await this.turnTo(unit);
        bytes.copy(this.buffer, within, at, at + length);
        if (this.begun.has(unit)) await this.patch(position, within, length);
        at += length;
      }
    }
  }

  /** Writes what is left and waits for all writes. */
  async end(): Promise<void> {
    await this.turnTo(-1);
    await Promise.all(this.running);
    this.throwFailure();
  }

  /** Waits until no write is under way, whatever became of them: before an object is given up. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.running);
  }

  private async turnTo(unit: number): Promise<void> {
    if (this.unit >= 0 && !this.begun.has(this.unit)) await this.flush();
    this.unit = unit;
  }

  private async flush(): Promise<void> {
    const start = this.unit * this.unitBytes;
    const length = Math.min(this.unitBytes, this.sizeBytes - start);
    const bytes = this.buffer.subarray(0, length);
    this.begun.add(this.unit);
    if (isZero(bytes)) return;
    const { buffer, unit } = this;
    await this.room();
    const write = this.send(start, bytes, () => {
      this.beginning.delete(unit);
      buffer.fill(0);
      this.spare.push(buffer);
    });
    this.beginning.set(unit, write);
    this.buffer = this.spare.pop() ?? Buffer.alloc(this.unitBytes);
  }

  /** A unit that was written before gets its later bytes by themselves. */
  private async patch(position: number, within: number, length: number): Promise<void> {
    const bytes = Buffer.from(this.buffer.subarray(within, within + length));
    this.buffer.fill(0, within, within + length);
    if (isZero(bytes)) return;
    await this.beginning.get(this.unit);
    await this.room();
    void this.send(position, bytes, () => undefined);
  }

  /** Waits until another write may begin. Throws what a write before has thrown. */
  private async room(): Promise<void> {
    while (this.running.size >= writesMax) await Promise.race(this.running);
    this.throwFailure();
  }

  /** Begins a write. The promise never rejects: a failure is thrown by whatever is asked next. */
  private send(position: number, bytes: Buffer, done: () => void): Promise<void> {
    this.written += bytes.length;
    const write = this.target
      .write(position, bytes)
      .then(done, (error: unknown) => void (this.failure ??= { error }))
      .finally(() => this.running.delete(write));
    this.running.add(write);
    return write;
  }

  private throwFailure(): void {
    if (this.failure) throw this.failure.error;
  }
}
