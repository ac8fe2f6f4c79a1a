import { jetstreamApi } from '@hearth/contracts';
import { AckPolicy, createInbox, DeliverPolicy, nanos, nuid, ReplayPolicy } from 'nats';
import type { JetStreamManager, Msg, MsgHdrs, NatsConnection, Subscription } from 'nats';
import { Link } from './link';
import { instantOfNanos } from './stored-instant';

/** A message of a JetStream stream with its place in it. */
export interface FeedMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers: MsgHdrs | undefined;
  readonly sequence: number;
  /** When the stream stored it: ISO 8601, UTC, with milliseconds. */
  readonly storedAt: string;
  /** Messages that wait behind it, as it was sent. */
  readonly pending: number;
}

export interface FeedSource {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  /** Name of the JetStream stream. */
  readonly stream: string;
  /** One subject or wildcard; everything when left out. Several would need nats-server 2.10. */
  readonly subject?: string;
  /** How long messages gather before the next are asked for, once all that waited has come; 0 unless told. */
  readonly gatherMs?: number;
}

/** What one request asks for at the most; more bytes only where a single message takes more. */
const requestMessagesMax = 1_000;
const requestBytesMax = 1024 * 1024;
/** Above this no more is asked for: with two requests under way some 4 MiB are held at the most. */
const bufferBytesMax = 2 * 1024 * 1024;
const requestExpiresMs = 30_000;
const heartbeatMs = 3_000;
/** The status with which a request ends when its next message would take more bytes than are left of it. */
const tooFewBytes = 409;
/** The server drops a consumer that nobody asked for so long; a reader that was slower just gets a new one. */
const inactiveThresholdMs = 60_000;

/** One short-lived consumer and what it has delivered. It breaks at the first irregularity, and is then to be replaced. */
export class FeedSession {
  private readonly buffer: FeedMessage[] = [];
  private bufferBytes = 0;
  private outstanding = 0;
  /** Messages that waited behind the last one, as it was sent. */
  private waiting: number;
  private hasCaughtUp: boolean;
  private gathering: NodeJS.Timeout | undefined;
  /** How many messages the last request was for. */
  private requestMessages = requestMessagesMax;
  private requestBytes = requestBytesMax;
  private consumerSequence = 0;
  private broken = false;
  private heardAt = performance.now();
  private readonly stopListening: () => void;
  private readonly watchdog: NodeJS.Timeout;

  /** Makes the consumer, starting after `position`, and asks for the first messages. */
  static async open(source: FeedSource, position: number, wake: () => void): Promise<FeedSession> {
    const { connection, manager, stream, subject } = source;
    const link = Link.of(connection);
    const consumer = await link.use(`cannot read ${stream}`, 5_000, () =>
      manager.consumers.add(stream, {
        // With a name of its own it is asked for on a subject that holds name and filter, which permissions can bound.
        name: nuid.next(),
        ack_policy: AckPolicy.None,
        deliver_policy: DeliverPolicy.StartSequence,
        opt_start_seq: position + 1,
        replay_policy: ReplayPolicy.Instant,
        mem_storage: true,
        num_replicas: 1,
        inactive_threshold: nanos(inactiveThresholdMs),
        ...(subject && { filter_subject: subject }),
      }),
    );
    return new FeedSession(source, link, consumer.name, consumer.num_pending, wake);
  }

  private readonly inbox: string;
  private readonly subscription: Subscription;

  private constructor(
    private readonly source: FeedSource,
    link: Link,
    private readonly consumer: string,
    readonly pendingAtStart: number,
    private readonly wake: () => void,
  ) {
    const { connection } = source;
    this.waiting = pendingAtStart;
    this.hasCaughtUp = pendingAtStart === 0;
    this.inbox = createInbox(inboxPrefixOf(connection));
    this.subscription = connection.subscribe(this.inbox, {
      callback: (error, message) => (error ? this.break() : this.accept(message)),
    });
    this.stopListening = link.listen(() => this.break());
    this.watchdog = setInterval(() => this.checkHeartbeat(), heartbeatMs);
    this.watchdog.unref();
    this.request();
  }

  get isBroken(): boolean {
    return this.broken;
  }

  get isEmpty(): boolean {
    return this.buffer.length === 0;
  }

  /**
   * The next messages, at most `max`, and of so many bytes, but one where there is one; none when none are here. They are let go here, also
   * by a reader that never catches up.
   */
  take(max: number, bytesMax = Infinity): readonly FeedMessage[] {
    let bytes = 0;
    const tooMany = this.buffer.findIndex(
      ({ data }, at) => at === max || ((bytes += data.length) > bytesMax && at > 0),
    );
    const messages = this.buffer.splice(0, tooMany < 0 ? this.buffer.length : tooMany);
    for (const { data } of messages) this.bufferBytes -= data.length;
    this.request();
    return messages;
  }

  /** Ends the consumer; it would end by itself, later. */
  close(): void {
    this.break();
    clearInterval(this.watchdog);
    clearTimeout(this.gathering);
    this.stopListening();
    this.subscription.unsubscribe();
    const { manager, stream, connection } = this.source;
    if (!connection.isClosed()) manager.consumers.delete(stream, this.consumer).catch(() => undefined);
  }

  private accept(message: Msg): void {
    this.heardAt = performance.now();
    if (this.broken) return;
    const place = message.reply ? placeOf(message.reply) : undefined;
    if (!place) return this.acceptStatus(message);
    if (place.consumerSequence !== this.consumerSequence + 1) return this.break();
    this.consumerSequence = place.consumerSequence;
    this.outstanding -= 1;
    this.requestBytes = requestBytesMax;
    this.bufferBytes += message.data.length;
    const { subject, data, headers } = message;
    this.buffer.push({ subject, data, headers, ...place.message });
    this.waiting = place.message.pending;
    this.hasCaughtUp ||= this.waiting === 0;
    this.gather();
    this.request();
    this.wake();
  }

  /**
   * The end of a request gives back what it did not deliver; a heartbeat only proves life; anything else ends the session. A request that
   * is ended for its bytes before it delivered anything was for less than the next message takes: the following one is for more.
   */
  private acceptStatus({ headers }: Msg): void {
    if (headers?.code === 100) return;
    const undelivered = Number(headers?.get('Nats-Pending-Messages') || Number.NaN);
    if (!Number.isInteger(undelivered)) return this.break();
    if (headers?.code === tooFewBytes && undelivered === this.requestMessages) this.requestBytes *= 2;
    this.outstanding = Math.max(0, this.outstanding - undelivered);
    this.request();
  }

  /** Lets messages gather once a request has had all that it was for; not while so many wait that there is a request's worth of them. */
  private gather(): void {
    const { gatherMs = 0 } = this.source;
    if (gatherMs === 0 || this.outstanding > 0 || !this.hasCaughtUp || this.waiting >= requestMessagesMax) return;
    this.gathering ??= setTimeout(() => {
      this.gathering = undefined;
      this.request();
    }, gatherMs);
  }

  /** How many messages to ask for now. Who lets them gather asks for those that wait, so that the next ones are not sent one by one. */
  private wanted(): number {
    if (this.broken || this.gathering) return 0;
    if (this.buffer.length >= 2 * requestMessagesMax || this.bufferBytes >= bufferBytesMax) return 0;
    if (!this.source.gatherMs) return this.outstanding > requestMessagesMax / 2 ? 0 : requestMessagesMax;
    return this.outstanding > 0 ? 0 : Math.min(Math.max(this.waiting, 1), requestMessagesMax);
  }

  private request(): void {
    const batch = this.wanted();
    if (batch === 0) return;
    const { connection, stream } = this.source;
    this.requestMessages = batch;
    const request = {
      batch,
      max_bytes: this.requestBytes,
      expires: nanos(requestExpiresMs),
      idle_heartbeat: nanos(heartbeatMs),
    };
    this.outstanding += batch;
    this.heardAt = performance.now();
    try {
      connection.publish(jetstreamApi.consumer('MSG.NEXT', stream, this.consumer), JSON.stringify(request), {
        reply: this.inbox,
      });
    } catch {
      this.break();
    }
  }

  private checkHeartbeat(): void {
    if (this.outstanding > 0 && performance.now() - this.heardAt > 2.5 * heartbeatMs) this.break();
  }

  private break(): void {
    this.broken = true;
    this.wake();
  }
}

/** Where permissions give each host its own inboxes. The client keeps the option, but beside its public types. */
function inboxPrefixOf(connection: NatsConnection): string | undefined {
  return (connection as { options?: { inboxPrefix?: string } }).options?.inboxPrefix;
}

/**
 * What the reply subject of a delivery tells: `$JS.ACK.<stream>.<consumer>.<deliveries>.<sequence>.<consumer sequence>.<time>.<pending>`,
 * or, from newer servers, with domain and account before the stream and a random token at the end.
 */
function placeOf(reply: string): Place | undefined {
  if (!reply.startsWith('$JS.ACK.')) return undefined;
  const tokens = reply.split('.');
  const at = tokens.length === 9 ? 5 : 7;
  const storedAt = instantOfNanos(tokens[at + 2] ?? '');
  const message = { sequence: Number(tokens[at]), storedAt, pending: Number(tokens[at + 3]) };
  return { message, consumerSequence: Number(tokens[at + 1]) };
}

interface Place {
  readonly message: Pick<FeedMessage, 'sequence' | 'storedAt' | 'pending'>;
  readonly consumerSequence: number;
}
