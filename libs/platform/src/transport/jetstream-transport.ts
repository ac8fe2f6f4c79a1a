// Nest's NATS transport speaks core NATS only; this one listens on durable pull consumers.
import type { LogGate } from '@hearth/event-sourcing';
import { type BaseRpcContext, type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';
import { Events, type NatsConnection } from 'nats';
import { defer, isObservable, lastValueFrom } from 'rxjs';
import type { Log } from '../logging/log';
import { type CompleteSpec, completeSpec, type ConsumerSpec } from './consumer-spec';
import { inConsumerSpan } from './consumer-span';
import type { Delivery } from './delivery';
import { DurableConsumer } from './durable-consumer';
import { JetStreamMessageContext } from './message-context';

export interface JetStreamTransportOptions {
  /** The caller's, who closes it after the transport. */
  readonly connection: NatsConnection;
  /** One for every pattern that the module's controllers handle. */
  readonly consumers: readonly ConsumerSpec[];
  readonly log: Log;
  /** No message is handled while it is shut: what came is kept until it opens. */
  readonly gate?: Pick<LogGate, 'isOpen' | 'whenOpen'>;
  /** How long `close` waits for running handlers; 20,000 unless told. */
  readonly shutdownTimeoutMs?: number;
}

/** Hands the messages of durable JetStream consumers to Nest's `@EventPattern` and `@MessagePattern` methods. */
export class JetStreamTransport extends Server implements CustomTransportStrategy {
  override readonly transportId = Symbol('JetStream');
  private readonly specs: readonly CompleteSpec[];
  private consumers: DurableConsumer[] = [];
  private closing: Promise<void> | undefined;

  constructor(private readonly options: JetStreamTransportOptions) {
    super();
    this.specs = options.consumers.map(completeSpec);
    const durables = new Set(this.specs.map(({ stream, durable }) => `${stream} ${durable}`));
    if (durables.size < this.specs.length) throw new Error('two consumers of this process name the same durable');
  }

  async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      const { connection, log } = this.options;
      const handlers = this.specs.map((spec) => ({ spec, handler: this.handlerOf(spec) }));
      this.refuseUnfedHandlers();
      const jsm = await connection.jetstreamManager();
      this.consumers = handlers.map(({ spec, handler }) => {
        const handle = (delivery: Delivery, signal: AbortSignal) => this.run(spec, handler, delivery, signal);
        return new DurableConsumer(connection, jsm, spec, handle, log);
      });
      void this.followConnection();
      await Promise.all(this.consumers.map((consumer) => consumer.start()));
      callback();
    } catch (error) {
      await this.close();
      callback(error);
    }
  }

  /** Takes no more messages, lets running handlers end within the time-out, gives the rest back. */
  close(): Promise<void> {
    this.closing ??= this.stop();
    return this.closing;
  }

  /** For the readiness check: throws an error that names the consumers which get no messages, and why. */
  check(): { consumers: number; running: number } {
    const problems = this.consumers.flatMap(({ spec, problem }) => (problem ? [`${spec.durable}: ${problem}`] : []));
    if (this.options.connection.isClosed()) problems.unshift('the connection to NATS is closed');
    if (problems.length > 0) throw new Error(problems.join('; '));
    return {
      consumers: this.consumers.length,
      running: this.consumers.reduce((sum, consumer) => sum + consumer.runningCount, 0),
    };
  }

  on(): never {
    throw new Error('the JetStream transport emits no events; look at the connection it was given');
  }

  unwrap<T>(): T {
    return this.options.connection as T;
  }

  private async stop(): Promise<void> {
    const { connection, shutdownTimeoutMs = 20_000 } = this.options;
    await Promise.all(this.consumers.map((consumer) => consumer.stop(shutdownTimeoutMs)));
    if (!connection.isClosed()) await connection.flush().catch(() => undefined);
  }

  private handlerOf({ pattern, durable }: CompleteSpec): MessageHandler {
    const handler = this.getHandlerByPattern(pattern);
    if (!handler) throw new Error(`no controller handles the pattern '${pattern}' of the consumer '${durable}'`);
    return handler;
  }

  private refuseUnfedHandlers(): void {
    const fed = new Set(this.specs.map(({ pattern }) => this.getRouteFromPattern(pattern)));
    const unfed = [...this.messageHandlers.keys()].filter((pattern) => !fed.has(pattern));
    if (unfed.length > 0) throw new Error(`no consumer was given for the handled patterns ${unfed.join(', ')}`);
  }

  private async run(
    spec: CompleteSpec,
    handler: MessageHandler,
    delivery: Delivery,
    signal: AbortSignal,
  ): Promise<void> {
    const { gate } = this.options;
    if (gate && !gate.isOpen) await gate.whenOpen(signal);
    // The message goes back: whoever gets it next has the time.
    signal.throwIfAborted();
    const context = new JetStreamMessageContext([delivery, signal]);
    return inConsumerSpan(delivery, spec, async () => {
      const data = spec.decode(delivery.data, delivery.subject);
      const work = async () => {
        try {
          await settle(handler, data, context);
        } finally {
          this.onProcessingEndHook?.(this.transportId, context);
        }
      };
      // The hook calls its last argument and tells nobody when that has ended.
      await new Promise<void>((resolve, reject) => {
        this.onProcessingStartHook(this.transportId, context, () => work().then(resolve, reject));
      });
    });
  }

  private async followConnection(): Promise<void> {
    for await (const { type } of this.options.connection.status()) {
      if (this.closing) return;
      if (type === Events.Disconnect) this.consumers.forEach((consumer) => consumer.disconnected());
      if (type === Events.Reconnect) this.consumers.forEach((consumer) => consumer.reconnected());
    }
  }
}

/** Nest reports what a handler threw as an error of the observable it returns: the outcome is known at its end only. */
async function settle(handler: MessageHandler, data: unknown, context: BaseRpcContext): Promise<void> {
  const result = await handler(data, context);
  if (isObservable(result))
    await lastValueFrom(
      defer(() => result),
      { defaultValue: undefined },
    );
}
