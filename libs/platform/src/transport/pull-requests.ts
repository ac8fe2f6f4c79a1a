// Asking a durable for messages. `consume()` of the client bounds what is asked for, not what is being handled, and
// hands over through a queue; here the outstanding requests follow the free slots, and a message reaches its handler
// in the same turn of the event loop in which it came from the socket.
import { createInbox, type Msg, nanos, type NatsConnection, type Subscription } from 'nats';
import type { CompleteSpec } from './consumer-spec';

const expiresMs = 30_000;
const heartbeatMs = 5_000;
/** Two heartbeats missed, and a little. */
const silenceMaxMs = 12_000;

export interface PullListener {
  message(message: Msg): void;
  /** The broker answered a request with something else than a message: it is well, and may be asked again. */
  healthy(): void;
  /** Requests may be lost, or the consumer gone: look at it, then `reset`. */
  stale(reason: string): void;
}

export class PullRequests {
  private readonly subscription: Subscription;
  private readonly inbox: string;
  private readonly subject: string;
  private outstanding = 0;
  private paused = true;
  private watchdog: NodeJS.Timeout | undefined;

  constructor(
    private readonly nc: NatsConnection,
    spec: CompleteSpec,
    private readonly listener: PullListener,
  ) {
    this.inbox = createInbox((nc as { options?: { inboxPrefix?: string } }).options?.inboxPrefix);
    this.subject = `$JS.API.CONSUMER.MSG.NEXT.${spec.stream}.${spec.durable}`;
    this.subscription = nc.subscribe(this.inbox, {
      callback: (error, message) => (error ? this.listener.stale(error.message) : this.receive(message)),
    });
  }

  /** Brings the outstanding requests up to the free slots; a few slots are waited for, so that requests stay few. */
  ask(free: number): void {
    const missing = free - this.outstanding;
    if (this.paused || missing <= 0 || (this.outstanding > 0 && missing < free / 4)) return;
    const request = { batch: missing, expires: nanos(expiresMs), idle_heartbeat: nanos(heartbeatMs) };
    this.nc.publish(this.subject, JSON.stringify(request), { reply: this.inbox });
    this.outstanding += missing;
    this.watch();
  }

  /** Nothing is asked for until `reset`. */
  pause(): void {
    this.paused = true;
    clearTimeout(this.watchdog);
    this.watchdog = undefined;
  }

  /** Whatever was asked for is forgotten: the broker has forgotten it too. */
  reset(): void {
    this.paused = false;
    this.outstanding = 0;
  }

  /** Takes the requests back; what is on its way still arrives. */
  async stop(): Promise<void> {
    this.pause();
    if (!this.subscription.isClosed() && !this.nc.isClosed()) await this.subscription.drain();
  }

  private receive(message: Msg): void {
    if (message.subject !== this.inbox) {
      this.outstanding = Math.max(0, this.outstanding - 1);
      if (!this.paused) this.watch();
      this.listener.message(message);
      return;
    }
    this.receiveStatus(message);
  }

  private receiveStatus({ headers }: Msg): void {
    if (this.paused) return;
    this.watch();
    const code = headers?.code ?? 0;
    const text = headers?.description ?? '';
    const unserved = Number(headers?.get('Nats-Pending-Messages') || 0);
    const expired = code === 408 || code === 404 || (code === 409 && unserved > 0 && !/deleted/i.test(text));
    if (code === 100) return this.listener.healthy();
    if (!expired) return this.listener.stale(`${code} ${text}`.trim());
    this.outstanding = unserved > 0 ? Math.max(0, this.outstanding - unserved) : 0;
    this.listener.healthy();
  }

  private watch(): void {
    if (this.watchdog) this.watchdog.refresh();
    else this.watchdog = setTimeout(() => this.onSilence(), silenceMaxMs).unref();
  }

  private onSilence(): void {
    if (!this.paused && this.outstanding > 0) this.listener.stale(`no heartbeat for ${silenceMaxMs} ms`);
  }
}
