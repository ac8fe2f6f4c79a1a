import type { EventMessage } from './outward-event';

/** Stores one message if the stream still ends at a position. */
export type Publish = (message: EventMessage, expectedLastSequence: number) => Promise<void>;

/**
 * Publishes in order with many messages under way: each names the position that the one before it gets, so that the stream
 * refuses all that follow a message which it did not take.
 */
export class PublishLine {
  private readonly underWay = new Set<Promise<void>>();
  private failure: { readonly error: unknown } | undefined;

  /** `lastSequence` is the end of the stream now. */
  constructor(
    private readonly publish: Publish,
    private lastSequence: number,
    private readonly underWayMax = 256,
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
    while (this.underWay.size >= this.underWayMax && !this.failure) await Promise.race(this.underWay);
    this.throwFailure();
    const sending: Promise<void> = this.publish(message, this.lastSequence)
      .catch((error: unknown) => void (this.failure ??= { error }))
      .finally(() => this.underWay.delete(sending));
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

  private throwFailure(): void {
    if (this.failure) throw this.failure.error;
  }
}
