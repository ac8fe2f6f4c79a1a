import { liveEventSubject } from '@hearth/contracts';
import { headers, type NatsConnection } from 'nats';
import type { Notice } from '../notices/notice';
import { cloudEventHeaders, type EventMessage } from './outward-event';

/** An event of what is no fact: it has no place in the log. */
export interface LiveEvent {
  readonly notice: Notice;
  /** The same for all who might tell of the same thing. */
  readonly id: string;
  readonly occurredAt: string;
}

export function liveMessageOf(event: LiveEvent, source: string): EventMessage {
  return {
    subject: liveEventSubject(event.notice.type),
    headers: cloudEventHeaders(event, source),
    body: JSON.stringify(event.notice.data),
  };
}

/** Events that go to whoever listens now, and are kept by no stream. */
export class LiveEvents {
  constructor(private readonly connection: NatsConnection) {}

  /** Sent without an answer: while NATS is away it is lost. Throws when the connection is closed for good. */
  publish(message: EventMessage): void {
    const marks = headers();
    for (const [name, value] of message.headers) marks.set(name, value);
    this.connection.publish(message.subject, message.body, { headers: marks });
  }
}
