import { jetstream, nudgeSubject, type NudgeTarget } from '@hearth/contracts';
import { newTraceparent, type NudgeOptions, type NudgeQueue, traceparentOf } from '@hearth/event-sourcing';
import { Empty, headers, type NatsConnection } from 'nats';
import { unavailable } from './broker-errors';
import { Link } from './link';

/** Nudges in a JetStream work queue: the subject says who is woken for what, so the message is empty. */
export class JetStreamNudgeQueue implements NudgeQueue {
  /** The queue must exist (`ensureStreams`). `timeoutMs` bounds one attempt to send. */
  constructor(
    private readonly connection: NatsConnection,
    private readonly options: { readonly timeoutMs: number } = { timeoutMs: 5_000 },
  ) {}

  async send(host: string, target: NudgeTarget, { dedupeId, traceparent }: NudgeOptions): Promise<void> {
    const what = `cannot nudge ${host} for ${target.kind} ${target.id}`;
    const hints = headers();
    hints.set('traceparent', traceparent ?? traceparentOf() ?? newTraceparent());
    try {
      await Link.of(this.connection).use(what, this.options.timeoutMs, (timeout) =>
        this.connection.jetstream({ timeout }).publish(nudgeSubject(host, target), Empty, {
          msgID: dedupeId,
          headers: hints,
          timeout,
          expect: { streamName: jetstream.nudges.stream },
        }),
      );
    } catch (error) {
      throw unavailable(what, error);
    }
  }
}
