import { jetstreamApi } from '@hearth/contracts';
import { Empty, type JetStreamManager, type MsgHdrs, type NatsConnection } from 'nats';
import { isMessageNotFound, unavailable } from './broker-errors';
import { Link } from './link';
import { isHandedOut, isSentAsCommit, predecessorOf } from './sent-as-commit';
import { instantOfTime } from './stored-instant';

/** A stored message and its position. */
export interface StoredMessage {
  readonly sequence: number;
  readonly subject: string;
  readonly data: Uint8Array;
  /** When the stream stored it: ISO 8601, UTC, with milliseconds. */
  readonly storedAt: string;
  /** False for what was sent in another's name, see `isSentAsCommit`. */
  readonly isSentAsCommit: boolean;
  /** Position of the message before it of its subject, as far as it is known without a look; 0 for the first. */
  readonly predecessor?: number;
}

type Query =
  | { readonly last_by_subj: string }
  | { readonly seq: number; readonly next_by_subj: string }
  | { readonly seq: number };

/**
 * Single messages of a JetStream stream. A *direct* read may be answered by any replica, also by one that lags behind; with one
 * replica there is no other, and it is the quicker way. Otherwise, and where a stale answer would be wrong, the leader is asked.
 */
export class StreamMessages {
  constructor(
    private readonly connection: NatsConnection,
    private readonly manager: JetStreamManager,
    private readonly stream: string,
    private readonly options: { readonly direct: boolean; readonly timeoutMs: number },
  ) {}

  /** The last message of a subject. */
  last(subject: string): Promise<StoredMessage | undefined> {
    return this.get({ last_by_subj: subject });
  }

  /** The first message of a subject at a position or after it. */
  next(subject: string, fromSequence: number): Promise<StoredMessage | undefined> {
    return this.get({ seq: fromSequence, next_by_subj: subject });
  }

  at(sequence: number): Promise<StoredMessage | undefined> {
    return this.get({ seq: sequence });
  }

  private async get(query: Query): Promise<StoredMessage | undefined> {
    const what = `cannot read ${this.stream}`;
    const { direct, timeoutMs } = this.options;
    try {
      return await Link.of(this.connection).use(what, timeoutMs, (remainingMs) =>
        direct ? this.askAnyReplica(query, remainingMs) : this.askLeader(query),
      );
    } catch (error) {
      if (isMessageNotFound(error)) return undefined;
      throw unavailable(what, error);
    }
  }

  private async askLeader(query: Query): Promise<StoredMessage> {
    const { seq, subject, data, header, timestamp } = await this.manager.streams.getMessage(this.stream, query);
    return stored({ sequence: seq, subject, data, storedAt: instantOfTime(timestamp) }, header, 0);
  }

  /** The client offers this only beside its public types. Asking by subject puts it into the request's, for permissions' sake. */
  private async askAnyReplica(query: Query, timeout: number): Promise<StoredMessage | undefined> {
    const [api] = jetstreamApi.directGet(this.stream) as [string, string];
    const { data, headers } =
      'last_by_subj' in query
        ? await this.connection.request(`${api}.${query.last_by_subj}`, Empty, { timeout })
        : await this.connection.request(api, JSON.stringify(query), { timeout });
    // A stored message may bear a status of its own, where somebody had an answer stored; the broker's has no place.
    if (!headers || !isHandedOut(headers)) {
      if (headers?.code === 404) return undefined;
      throw new Error(
        `the broker answered a direct read with ${headers?.code ?? 'no headers'} ${headers?.description ?? ''}`,
      );
    }
    // What the message itself claims of its place stands before what the broker says of it.
    const said = (name: string) => headers.values(name).at(-1) ?? '';
    const [sequence, storedAt] = [Number(said('Nats-Sequence')), instantOfTime(said('Nats-Time-Stamp'))];
    return stored({ sequence, subject: said('Nats-Subject'), data, storedAt }, headers, 1);
  }
}

/** What was not sent as a commit may claim anything. */
function stored(
  message: Pick<StoredMessage, 'sequence' | 'subject' | 'data' | 'storedAt'>,
  headers: MsgHdrs | undefined,
  added: 0 | 1,
): StoredMessage {
  if (!isSentAsCommit(headers, added)) return { ...message, isSentAsCommit: false };
  return { ...message, isSentAsCommit: true, predecessor: predecessorOf(headers) };
}
