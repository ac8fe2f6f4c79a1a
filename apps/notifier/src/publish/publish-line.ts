import type { EventMessage } from './outward-event';

/** Stores one message if the stream still ends at a position. */
export type Publish = (message: EventMessage, expectedLastSequence: number) => Promise<void>;

/**
 * Publishes in order with several messages under way: each names the position that the one before it gets, so that the stream
 * refuses all that follow a message which it did not take.
 */
export class PublishLine {
  private readonly underWay = new Set<Promise<void>>();
  /** Those who wait for a place, first come first; each gets the place of one message that has been answered. */
  private readonly waiting: (() => void)[] = [];
  private taken = 0;
  private failure: { readonly error: unknown } | undefined;

  /**
   * `lastSequence` is the end of the stream now. So few are under way at once that the last of them is answered in time also by a
   * broker that takes a twentieth of a second to store one.
   */
  constructor(
    private readonly publish: Publish,
    private lastSequence: number,
    private readonly underWayMax = 64,
  ) {}

  /** The position of the last message that was handed over; all up to it are stored after `flush`. */
  get sequence(): number {
    return this.lastSequence;
  }

  /**
   * Hands a message over, at once or, where too many are under way, after those that wait already. Throws what an earlier one failed
   * with.
   */
  async push(message: EventMessage): Promise<void> {
    if (!this.failure) await this.place();
    this.throwFailure();
    const sending: Promise<void> = this.publish(message, this.lastSequence)
      .catch((error: unknown) => this.fail(error))
      .finally(() => {
        this.underWay.delete(sending);
        this.leave();
      });
    this.underWay.add(sending);
    this.lastSequence += 1;
  }

  /** Waits until all is stored. Throws what failed first. */
  async flush(): Promise<void> {
    await this.settled();
    this.throwFailure();
  }

  /** Waits until nothing is under way, stored or not. */
  async settled(): Promise<void> {
    await Promise.all(this.underWay);
  }

  private async place(): Promise<void> {
    if (this.taken < this.underWayMax) this.taken += 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  /** Hands the place on to the next who waits, so that nobody who comes meanwhile is before him. */
  private leave(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.taken -= 1;
  }

  private fail(error: unknown): void {
    this.failure ??= { error };
    for (const wake of this.waiting.splice(0)) wake();
  }

  private throwFailure(): void {
    if (this.failure) throw this.failure.error;
  }
}
