// One durable consumer at work: asks for as many messages as there are free slots, keeps what runs alive at the broker,
// answers for each, and finds its way back after a restart of the broker or the loss of the durable.
import type { JetStreamManager, Msg, NatsConnection } from 'nats';
import type { Log } from '../logging/log';
import type { CompleteSpec } from './consumer-spec';
import { Delivery } from './delivery';
import { ensureDurable } from './durable';
import { PoisonMessageError } from './poison-message-error';
import { PullRequests } from './pull-requests';
import { transportMetrics } from './transport-metrics';

/** Carries one delivery to its handler; rejects with what the handler threw. */
export type Handle = (delivery: Delivery, signal: AbortSignal) => Promise<void>;

interface Run {
  /** The newest delivery of the message: the one that is answered. */
  delivery: Delivery;
  readonly finished: Promise<void>;
}

const confirmTimeoutMs = 5_000;
const confirmAttemptsMax = 3;
const recoveryDelaysMs = [0, 250, 500, 1_000, 2_000, 5_000];

export class DurableConsumer {
  /** By sequence in the stream: a message never runs twice at the same time here, however often it is delivered. */
  private readonly running = new Map<number, Run>();
  private readonly waiting: Delivery[] = [];
  private readonly stopping = new AbortController();
  private readonly pull: PullRequests;
  private keepAlive: NodeJS.Timeout | undefined;
  private recoveries = 0;
  /** The try to recover that is under way; one that is not the last any more changes nothing. */
  private recovery: symbol | undefined;
  private retry: NodeJS.Timeout | undefined;
  /** Pending while the connection is lost: the client drops what is published then, so answers wait for it. */
  private connected: Promise<void> = Promise.resolve();
  private markConnected: () => void = () => undefined;
  /** Why no messages come, while none come. */
  private trouble: string | undefined = 'not started';

  constructor(
    private readonly nc: NatsConnection,
    private readonly jsm: JetStreamManager,
    readonly spec: CompleteSpec,
    private readonly handle: Handle,
    private readonly log: Log,
  ) {
    this.pull = new PullRequests(nc, spec, {
      message: (message) => this.receive(message),
      healthy: () => this.continue(),
      stale: (reason) => this.recover(reason),
    });
  }

  /** Makes the durable and begins. Rejects when it cannot be made: nothing was asked for then. */
  async start(): Promise<void> {
    await ensureDurable(this.jsm, this.spec);
    this.resume();
  }

  /** The connection is lost: ask for nothing and answer nothing until it is back. What runs goes on. */
  disconnected(): void {
    if (this.stopping.signal.aborted) return;
    this.pause('no connection to NATS');
    this.markConnected();
    this.connected = new Promise((resolve) => (this.markConnected = resolve));
  }

  /** Makes sure of the durable and asks anew; tries until it succeeds, later and later. */
  recover(reason: string): void {
    if (this.recovery || this.stopping.signal.aborted) return;
    const recovery = (this.recovery = Symbol(reason));
    this.pause(reason);
    const delayMs = recoveryDelaysMs[Math.min(this.recoveries++, recoveryDelaysMs.length - 1)]!;
    this.log.warn('asking for messages anew', { durable: this.spec.durable, reason, delayMs });
    if (delayMs === 0) void this.tryRecovery(recovery);
    else this.retry = setTimeout(() => void this.tryRecovery(recovery), delayMs);
  }

  /** The broker is back: do not wait for the next try. */
  reconnected(): void {
    this.markConnected();
    clearTimeout(this.retry);
    this.recoveries = 0;
    this.recovery = undefined;
    this.recover('the connection was lost and is back');
  }

  /** Why no messages come; undefined while all is well. */
  get problem(): string | undefined {
    return this.trouble;
  }

  get runningCount(): number {
    return this.running.size;
  }

  /** Asks for nothing more, gives back what waits, and waits for what runs, `timeoutMs` at the most; gives that back too. */
  async stop(timeoutMs: number): Promise<void> {
    this.stopping.abort();
    this.markConnected();
    clearTimeout(this.retry);
    this.trouble = 'stopped';
    this.waiting.splice(0).forEach((delivery) => delivery.nak());
    await this.pull.stop();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, timeoutMs)));
    await Promise.race([Promise.all([...this.running.values()].map((run) => run.finished)), late]);
    clearTimeout(timer);
    clearInterval(this.keepAlive);
    for (const [sequence, { delivery }] of this.running) {
      this.log.warn('a handler did not end in time: its message is given back', {
        durable: this.spec.durable,
        sequence,
      });
      delivery.nak();
    }
  }

  private pause(reason: string): void {
    this.trouble = reason;
    this.pull.pause();
  }

  private async tryRecovery(recovery: symbol): Promise<void> {
    const failure = await ensureDurable(this.jsm, this.spec).then(
      () => undefined,
      (error: Error) => error.message,
    );
    if (this.recovery !== recovery || this.stopping.signal.aborted) return;
    this.recovery = undefined;
    if (failure === undefined) this.resume();
    else if (!this.nc.isClosed()) this.recover(failure);
  }

  private resume(): void {
    this.trouble = undefined;
    this.pull.reset();
    this.ask();
  }

  private continue(): void {
    this.recoveries = 0;
    this.ask();
  }

  private ask(): void {
    if (!this.stopping.signal.aborted) this.pull.ask(this.spec.concurrency - this.running.size - this.waiting.length);
  }

  private receive(message: Msg): void {
    this.recoveries = 0;
    const delivery = new Delivery(this.nc, message);
    if (this.stopping.signal.aborted) return delivery.nak();
    const run = this.running.get(delivery.sequence);
    // The broker lost our signs of life, by a restart say. The work is under way: only the answer has a new address.
    if (run) run.delivery = delivery;
    else if (this.running.size < this.spec.concurrency) this.begin(delivery);
    else this.wait(delivery);
    this.ask();
  }

  /** More came than was asked for, as happens around a reconnect. */
  private wait(delivery: Delivery): void {
    const known = this.waiting.findIndex(({ sequence }) => sequence === delivery.sequence);
    if (known >= 0) this.waiting[known] = delivery;
    else this.waiting.push(delivery);
  }

  private begin(delivery: Delivery): void {
    this.keepAlive ??= setInterval(() => this.reportProgress(), this.spec.ackWaitMs / 3).unref();
    let end!: () => void;
    const run: Run = { delivery, finished: new Promise((resolve) => (end = resolve)) };
    this.running.set(delivery.sequence, run);
    void this.carry(run).finally(() => {
      this.running.delete(delivery.sequence);
      end();
      const next = this.waiting.shift();
      if (next) this.begin(next);
      if (this.running.size === 0) this.keepAlive = void clearInterval(this.keepAlive);
      this.ask();
    });
  }

  private async carry(run: Run): Promise<void> {
    const failure = await this.attempt(run.delivery);
    await this.connected;
    if (failure) return this.fail(run.delivery, failure.error);
    transportMetrics().handled.add(1, { consumer: this.spec.durable, outcome: 'done' });
    if (this.spec.confirmAcks) await this.confirm(run);
    else run.delivery.ack();
  }

  private async attempt(delivery: Delivery): Promise<{ readonly error: unknown } | undefined> {
    const { deliveriesMax } = this.spec;
    try {
      if (deliveriesMax > 0 && delivery.deliveryCount > deliveriesMax) {
        throw new PoisonMessageError(`it was delivered ${deliveriesMax} times and never answered for`);
      }
      await this.handle(delivery, this.stopping.signal);
      return undefined;
    } catch (error) {
      return { error };
    }
  }

  private async confirm(run: Run): Promise<void> {
    const { durable } = this.spec;
    for (let attempt = 1; attempt <= confirmAttemptsMax; attempt += 1) {
      await this.connected;
      const error = await run.delivery.ackConfirmed(confirmTimeoutMs).then(
        () => undefined,
        (reason) => reason as Error,
      );
      if (!error) return;
      this.log.warn('an acknowledgement was not confirmed; the message may come again', { durable, attempt, error });
    }
  }

  private fail(delivery: Delivery, error: unknown): void {
    const { durable, deliveriesMax, retryDelaysMs } = this.spec;
    const { subject, sequence, deliveryCount } = delivery;
    const fields = { durable, subject, sequence, deliveryCount, error };
    if (error instanceof PoisonMessageError || (deliveriesMax > 0 && deliveryCount >= deliveriesMax)) {
      transportMetrics().handled.add(1, { consumer: durable, outcome: 'given_up' });
      this.log.error('a message was given up and will not be delivered again', fields);
      return delivery.term();
    }
    transportMetrics().handled.add(1, { consumer: durable, outcome: 'retry' });
    if (this.stopping.signal.aborted) return delivery.nak();
    const delayMs = retryDelaysMs[Math.min(deliveryCount, retryDelaysMs.length) - 1]!;
    this.log.warn('a message was not handled; it will be delivered again', { ...fields, delayMs });
    delivery.nak(delayMs);
  }

  private reportProgress(): void {
    for (const { delivery } of this.running.values()) delivery.progress();
    for (const delivery of this.waiting) delivery.progress();
  }
}
