import {
  categorySubject,
  factsSubject,
  jetstream,
  streamOfSubject,
  type Category,
  type StreamName,
} from '@hearth/contracts';
import {
  batchBytesMax,
  commitCodec,
  CommitIdTakenError,
  type LogGate,
  LogSuspectError,
  LogUnverifiedError,
  StoreUnavailableError,
  withBytes,
  type Appended,
  type Commit,
  type CommitBatch,
  type CommitCodec,
  type Conflict,
  type EventStore,
  type FollowOptions,
  type NewCommit,
  type StreamOf,
} from '@hearth/event-sourcing';
import type { JetStreamClient, JetStreamManager, NatsConnection, PubAck } from 'nats';
import { apiCodeOf, apiCodes, unavailable } from './broker-errors';
import { Link } from './link';
import { orderedFeed } from './ordered-feed';
import { passedOver } from './sent-as-commit';
import { StreamMessages, type StoredMessage } from './stream-messages';
import { storedMessage, SubjectReader } from './subject-reader';

export interface JetStreamEventStoreOptions {
  /** How long one exchange with the broker may take, waiting for a connection included. Default 5,000. */
  readonly timeoutMs?: number;
  /** Default: today's contracts. */
  readonly codec?: CommitCodec;
  /**
   * Who is asked for single commits. Any replica is quicker; a user who may ask only the leader gets no stored message as it is, and so
   * can have none sent on into another's stream. Default: any replica.
   */
  readonly reads?: 'any-replica' | 'leader';
  /** Whatever is appended or read waits until it is open. Default: none, for who only looks. */
  readonly gate?: LogGate;
  /** Hears of what stands in the log and is passed over. */
  readonly log?: (line: string) => void;
}

const { stream: factsStream } = jetstream.facts;

/** The log on JetStream: one message a commit, one subject a stream. Works from nats-server 2.9 on. */
export class JetStreamEventStore implements EventStore {
  /** Opens the log, which must exist (`ensureStreams`). Throws `StoreUnavailableError`. */
  static async open(
    connection: NatsConnection,
    options: JetStreamEventStoreOptions = {},
  ): Promise<JetStreamEventStore> {
    const { timeoutMs = 5_000, codec = commitCodec(), reads = 'any-replica', log = () => undefined, gate } = options;
    const what = `cannot open the log ${factsStream}`;
    try {
      const manager = await connection.jetstreamManager({ checkAPI: false, timeout: timeoutMs });
      const info = await Link.of(connection).use(what, timeoutMs, () => manager.streams.info(factsStream));
      const direct = reads === 'any-replica' && info.config.num_replicas === 1;
      return new JetStreamEventStore(connection, manager, { codec, timeoutMs, log, direct, gate });
    } catch (error) {
      throw unavailable(what, error);
    }
  }

  private readonly codec: CommitCodec;
  private readonly timeoutMs: number;
  private readonly log: (line: string) => void;
  private readonly gate: LogGate | undefined;
  private readonly client: JetStreamClient;
  private readonly subjects: SubjectReader;
  /** For questions to which a lagging replica's answer would be wrong. */
  private readonly leaderMessages: StreamMessages;

  private constructor(
    private readonly connection: NatsConnection,
    private readonly manager: JetStreamManager,
    { codec, timeoutMs, log, direct, gate }: Settings,
  ) {
    this.codec = codec;
    this.timeoutMs = timeoutMs;
    this.log = log;
    this.gate = gate;
    this.client = connection.jetstream({ timeout: timeoutMs });
    this.leaderMessages = new StreamMessages(connection, manager, factsStream, { direct: false, timeoutMs });
    const messages = new StreamMessages(connection, manager, factsStream, { direct, timeoutMs });
    this.subjects = new SubjectReader(messages, this.feedSource(), timeoutMs);
  }

  /**
   * After a lost answer the same message is published once more: it bears its id and expectation, so it is stored at most once,
   * and its answer settles the matter. Only if that has no answer either, the id is looked for before the log counts as away.
   */
  async append<C extends Category>(
    stream: StreamOf<C>,
    expectedSequence: number,
    commit: NewCommit<C>,
  ): Promise<Appended | Conflict> {
    const bytes = this.codec.encode(stream, commit);
    const deadlineMs = performance.now() + this.timeoutMs;
    const link = Link.of(this.connection);
    const publish = () => this.publish(stream, expectedSequence, commit.id, bytes);
    try {
      return await publish().catch((error) => {
        if (isHeldUp(error)) throw error;
        const mayBeBackInTime = !this.connection.isClosed() && performance.now() < deadlineMs;
        if (!(error instanceof StoreUnavailableError) || !(link.isUp || mayBeBackInTime)) throw error;
        return publish();
      });
    } catch (error) {
      if (!(error instanceof StoreUnavailableError) || isHeldUp(error) || !link.isUp) throw error;
      const sequence = await this.find(stream, expectedSequence, commit.id).catch(() => undefined);
      if (sequence !== undefined) return { status: 'appended', sequence };
      throw error;
    }
  }

  async *read<C extends Category>(
    stream: StreamOf<C>,
    options: { readonly afterSequence?: number } = {},
  ): AsyncIterable<Commit<C>> {
    const { gate } = this;
    if (gate && !gate.isOpen) {
      const what = `cannot read ${stream.category}/${stream.id}`;
      await Link.of(this.connection).use(what, this.timeoutMs, (timeout) => gate.passed(what, timeout));
    }
    for await (const message of this.subjects.read(factsSubject(stream), options.afterSequence ?? 0)) {
      const commit = this.decodeAs({ category: stream.category, id: stream.id }, message) as Commit<C>;
      gate?.saw(commit.sequence, commit.id);
      yield commit;
    }
  }

  async *follow(options: FollowOptions): AsyncIterable<CommitBatch> {
    const { stream, category, afterSequence, signal, batchMax = 1_000, gatherMs } = options;
    const { batchBytesMax: bytesMax = batchBytesMax } = options;
    const subject = stream ? factsSubject(stream) : category && categorySubject(category);
    const bounds = { batchMax, batchBytesMax: bytesMax };
    const feed = orderedFeed({ ...this.feedSource(), subject, gatherMs, afterSequence, ...bounds, signal });
    for await (const { messages, caughtUp } of feed) {
      if (this.gate && !this.gate.isOpen) await this.gate.whenOpen(signal);
      if (signal.aborted) return;
      const commits = messages.map(storedMessage).flatMap((message) => this.decode(message));
      const last = commits.at(-1);
      if (last) this.gate?.saw(last.sequence, last.id);
      yield { commits, caughtUp, readTo: messages.at(-1)?.sequence };
    }
  }

  async lastSequence(): Promise<number> {
    const what = `cannot ask for the end of the log ${factsStream}`;
    try {
      const info = await Link.of(this.connection).use(what, this.timeoutMs, () =>
        this.manager.streams.info(factsStream),
      );
      return info.state.last_seq;
    } catch (error) {
      throw unavailable(what, error);
    }
  }

  private async publish(
    stream: StreamOf<Category>,
    expectedSequence: number,
    commitId: string,
    bytes: Uint8Array,
  ): Promise<Appended | Conflict> {
    const what = `cannot append commit ${commitId} to ${stream.category}/${stream.id}`;
    try {
      let before = 0;
      const ack = await Link.of(this.connection).use(what, this.timeoutMs, async (timeout) => {
        if (this.gate && !this.gate.isOpen) await this.gate.passed(what, timeout);
        before = this.gate?.newest?.sequence ?? 0;
        return this.client.publish(factsSubject(stream), bytes, {
          msgID: commitId,
          timeout,
          expect: { lastSubjectSequence: expectedSequence, streamName: factsStream },
        });
      });
      if (!ack.duplicate) return this.appended(ack.seq, { before, commitId });
      return { status: 'appended', sequence: await this.placeOfDuplicate(stream, commitId, ack) };
    } catch (error) {
      if (apiCodeOf(error) !== apiCodes.wrongLastSequence)
        throw error instanceof CommitIdTakenError ? error : unavailable(what, error);
      // The client does not send a message twice, but the caller may have, longer ago than the broker remembers ids.
      const sequence = await this.find(stream, expectedSequence, commitId);
      return sequence === undefined ? { status: 'conflict' } : { status: 'appended', sequence };
    }
  }

  /** What is appended goes behind all that was there: a place before that is in a log that has lost it. */
  private appended(sequence: number, { before, commitId }: { before: number; commitId: string }): Appended {
    if (sequence <= before) {
      const reason = `commit ${commitId} was stored at position ${sequence} of a log that had reached ${before}`;
      this.gate?.shut('unverified', reason);
      throw new LogSuspectError(reason);
    }
    this.gate?.saw(sequence, commitId);
    return { status: 'appended', sequence };
  }

  /** The broker knows ids of the whole log: its answer may speak of a commit in another stream. */
  private async placeOfDuplicate(stream: StreamOf<Category>, commitId: string, { seq }: PubAck): Promise<number> {
    const original = seq > 0 ? await this.leaderMessages.at(seq) : undefined;
    if (original?.subject === factsSubject(stream)) return seq;
    const sequence = original ? undefined : await this.find(stream, 0, commitId);
    if (sequence !== undefined) return sequence;
    throw new CommitIdTakenError(commitId, stream, original && streamOfSubject(original.subject));
  }

  /** The position of the commit that bears the id, after a position of its stream. */
  private async find(stream: StreamOf<Category>, afterSequence: number, commitId: string): Promise<number | undefined> {
    for await (const message of this.subjects.read(factsSubject(stream), afterSequence, this.leaderMessages)) {
      if (this.decodeAs(stream, message).id === commitId) return message.sequence;
    }
    return undefined;
  }

  private feedSource() {
    return { connection: this.connection, manager: this.manager, stream: factsStream };
  }

  private decode(message: StoredMessage): Commit[] {
    const stream = streamOfSubject(message.subject);
    // A category that this build does not know was written by a newer one; nobody here has a use for it.
    return stream ? [this.decodeAs(stream, message)] : [];
  }

  /** What was not sent as a commit says nothing, but it has a place in its stream, which the next commit has to follow. */
  private decodeAs(stream: StreamName, { sequence, data, storedAt, isSentAsCommit: isCommit }: StoredMessage): Commit {
    if (isCommit) return this.codec.decode(stream, sequence, data, storedAt);
    const place = `${stream.category}/${stream.id}`;
    this.log(
      `the message at position ${sequence} (${place}) is passed over: nobody who may write there sent it as a commit`,
    );
    const nothing = { id: passedOver(sequence), recordedAt: unknownTime, stream, sequence, storedAt, events: [] };
    return withBytes(nothing, data);
  }
}

interface Settings extends Required<Pick<JetStreamEventStoreOptions, 'codec' | 'timeoutMs' | 'log'>> {
  readonly direct: boolean;
  readonly gate: LogGate | undefined;
}

/** Whether the log was there, and nobody let it through. */
const isHeldUp = (error: unknown) => error instanceof LogUnverifiedError || error instanceof LogSuspectError;

/** Of what nobody recorded. */
const unknownTime = new Date(0).toISOString();
