import { jetstream } from '@hearth/contracts';
import { StoreUnavailableError } from '@hearth/event-sourcing';
import {
  headers,
  type JetStreamClient,
  type JetStreamManager,
  type MsgHdrs,
  type NatsConnection,
  NatsError,
} from 'nats';
import { decodeHeader, type EventMessage, type NoticePlace, placeHeaders } from './outward-event';

/** Where the stream of outward events ends now. */
export interface StreamEnd {
  /** Position of the last message that ever was in it; 0 for a new stream. */
  readonly lastSequence: number;
  /** Tells a stream that was made anew from the one before it. */
  readonly createdAt: string;
  /** What the last message of ours tells of; undefined when the stream holds none. */
  readonly last: NoticePlace | undefined;
}

/** Somebody else has published since the end of the stream was looked at. */
export class OvertakenError extends Error {
  constructor(why: string) {
    super(`another notifier is at work: ${why}`);
    this.name = 'OvertakenError';
  }
}

const { stream } = jetstream.events;
const codes = { wrongLastSequence: 10071, messageNotFound: 10037 };
const timeoutMs = 5_000;

/** The JetStream stream that outsiders subscribe to, written by one notifier at a time. */
export class EventStream {
  /** The stream must exist (`ensureStreams`). Throws `StoreUnavailableError`. */
  static async open(connection: NatsConnection): Promise<EventStream> {
    const manager = await connection.jetstreamManager({ checkAPI: false, timeout: timeoutMs });
    return new EventStream(connection.jetstream({ timeout: timeoutMs }), manager);
  }

  private constructor(
    private readonly client: JetStreamClient,
    private readonly manager: JetStreamManager,
  ) {}

  /** The end as the stream's leader sees it. Throws `StoreUnavailableError`. */
  async end(): Promise<StreamEnd> {
    try {
      const { state, created } = await this.manager.streams.info(stream);
      const { last_seq: lastSequence, messages } = state;
      return {
        lastSequence,
        createdAt: String(created),
        last: messages > 0 ? await this.lastPlace(state.first_seq, lastSequence) : undefined,
      };
    } catch (error) {
      throw unavailable(`the end of ${stream} cannot be read`, error);
    }
  }

  /**
   * Stores a message if the stream still ends at `expectedLastSequence`. May be called again before it has resolved, with the next
   * position: the stream then takes all in order, or none after the first that it refuses. Throws `OvertakenError`, or
   * `StoreUnavailableError` when it is not known whether it was stored: look at the end.
   */
  async publish(message: EventMessage, expectedLastSequence: number): Promise<void> {
    const marks = headers();
    for (const [name, value] of message.headers) marks.set(name, value);
    const what = `${message.subject} cannot be published`;
    try {
      const ack = await this.client.publish(message.subject, message.body, {
        msgID: marks.get('ce-id'),
        headers: marks,
        timeout: timeoutMs,
        expect: { streamName: stream, lastSequence: expectedLastSequence },
      });
      if (ack.duplicate) throw new OvertakenError(`${message.subject} ${marks.get('ce-id')} is out already`);
    } catch (error) {
      if (error instanceof OvertakenError) throw error;
      if (apiCode(error) === codes.wrongLastSequence) throw new OvertakenError(`${stream} has grown meanwhile`);
      throw unavailable(what, error);
    }
  }

  /** Others may have had an answer of the broker stored behind it (decision 0013); such a message tells of nothing. */
  private async lastPlace(first: number, last: number): Promise<NoticePlace | undefined> {
    for (let sequence = last; sequence >= first; sequence -= 1) {
      const place = await this.placeAt(sequence);
      if (place) return place;
    }
    return undefined;
  }

  private async placeAt(seq: number): Promise<NoticePlace | undefined> {
    try {
      const { header } = await this.manager.streams.getMessage(stream, { seq });
      return placeOf(header);
    } catch (error) {
      if (apiCode(error) === codes.messageNotFound) return undefined;
      throw error;
    }
  }
}

/** The client leaves headers out where a message has none. */
function placeOf(marks: MsgHdrs | undefined): NoticePlace | undefined {
  const [fact, notice, commit] = [placeHeaders.fact, placeHeaders.notice, placeHeaders.commit].map((name) =>
    marks?.get(name),
  );
  if (!fact || !notice || !commit) return undefined;
  return { factSequence: Number(fact), noticeIndex: Number(notice), commitId: decodeHeader(commit) };
}

const apiCode = (error: unknown): number | undefined =>
  error instanceof NatsError ? error.api_error?.err_code : undefined;

function unavailable(what: string, cause: unknown): StoreUnavailableError {
  return new StoreUnavailableError(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
}
