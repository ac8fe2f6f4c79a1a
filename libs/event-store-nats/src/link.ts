// The client neither says whether it is connected nor ends what waits for an answer when the connection is lost, and what is
// published while it connects again is dropped. A link knows, so that callers hear of a lost connection at once, and nothing
// is sent into the void.
import { StoreUnavailableError } from '@hearth/event-sourcing';
import { Events, type NatsConnection } from 'nats';

/** What happened to a connection. */
export type LinkChange = 'lost' | 'restored' | 'closed';

/** One connection's state, shared by all that use it. */
export class Link {
  private static readonly links = new WeakMap<NatsConnection, Link>();
  private readonly listeners = new Set<(change: LinkChange) => void>();
  private up = true;

  static of(connection: NatsConnection): Link {
    const known = Link.links.get(connection);
    if (known) return known;
    const link = new Link(connection);
    Link.links.set(connection, link);
    return link;
  }

  private constructor(readonly connection: NatsConnection) {
    void this.watch();
    void connection.closed().then(() => this.tell('closed'));
  }

  get isUp(): boolean {
    return this.up && !this.connection.isClosed();
  }

  /** Calls back at every change; returns how to end that. */
  listen(listener: (change: LinkChange) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * Runs one exchange with the broker as soon as the connection is up, and gives it up when the connection is lost. `what` is
   * named by the error. Throws `StoreUnavailableError` for these, and whatever `exchange` throws.
   */
  async use<Result>(
    what: string,
    timeoutMs: number,
    exchange: (remainingMs: number) => Promise<Result>,
  ): Promise<Result> {
    const deadline = performance.now() + timeoutMs;
    if (!this.isUp) await this.waitUntilUp(what, timeoutMs);
    let stop = () => {};
    const lost = new Promise<never>((_, reject) => {
      stop = this.listen((change) => {
        if (change !== 'restored')
          reject(new StoreUnavailableError(`${what}: the connection to NATS was lost before the answer`));
      });
    });
    try {
      return await Promise.race([exchange(Math.max(1, Math.ceil(deadline - performance.now()))), lost]);
    } finally {
      stop();
    }
  }

  private waitUntilUp(what: string, timeoutMs: number): Promise<void> {
    if (this.connection.isClosed())
      return Promise.reject(new StoreUnavailableError(`${what}: the connection to NATS is closed`));
    return new Promise((resolve, reject) => {
      const settle = (error?: Error) => {
        clearTimeout(timer);
        stop();
        if (error) reject(error);
        else resolve();
      };
      const timer = setTimeout(
        () => settle(new StoreUnavailableError(`${what}: no connection to NATS for ${timeoutMs} ms`)),
        timeoutMs,
      );
      const stop = this.listen((change) => {
        if (change === 'restored') settle();
        if (change === 'closed') settle(new StoreUnavailableError(`${what}: the connection to NATS is closed`));
      });
    });
  }

  private async watch(): Promise<void> {
    for await (const { type } of this.connection.status()) {
      if (type === Events.Disconnect) this.tell('lost');
      if (type === Events.Reconnect) this.tell('restored');
    }
  }

  private tell(change: LinkChange): void {
    this.up = change === 'restored';
    for (const listener of [...this.listeners]) listener(change);
  }
}
