import { keySubject, streamOfBucket } from '@hearth/contracts';
import { headers, type JetStreamManager, millis, type NatsConnection } from 'nats';
import { apiCodeOf, apiCodes, unavailable } from './broker-errors';
import type { FeedMessage } from './feed-session';
import { Link } from './link';
import { type FeedBatch, orderedFeed } from './ordered-feed';
import { isHandedOut } from './sent-as-commit';

export interface ExpiringBucketOptions<Value> {
  /** Name of the key-value bucket, which must exist (`ensureStreams`). */
  readonly bucket: string;
  /** A value from its JSON; undefined under a key that is no value's. Throws when it is none, or not the one of this key. */
  readonly parse: (key: string, json: unknown) => Value | undefined;
  /** How long one exchange with the broker may take. Default 5,000. */
  readonly timeoutMs?: number;
  /** Readers hold so many entries at the most; further ones are passed over until others have gone. Default: no limit. */
  readonly entriesMax?: number;
  /** Hears of values that cannot be read: another version's, or not ours. */
  readonly log?: (line: string) => void;
}

interface Entry<Value> {
  readonly value: Value;
  /** Of this process's monotonic clock: hosts' clocks differ. */
  readonly expiresAtMs: number;
}

type Entries<Value> = Map<string, Entry<Value>>;

/**
 * A key-value bucket whose entries the broker drops after their time to live. It tells nobody when it does, so watchers count
 * the time from the arrival of each value themselves; one that was there at the start of a watch may therefore be shown for up to
 * one time to live longer.
 */
export class ExpiringBucket<Value> {
  /** Throws `StoreUnavailableError`. */
  static async open<Value>(
    connection: NatsConnection,
    options: ExpiringBucketOptions<Value>,
  ): Promise<ExpiringBucket<Value>> {
    const { bucket, timeoutMs = defaultTimeoutMs } = options;
    const what = `cannot open the bucket ${bucket}`;
    try {
      const manager = await connection.jetstreamManager({ checkAPI: false, timeout: timeoutMs });
      const { config } = await Link.of(connection).use(what, timeoutMs, () =>
        manager.streams.info(streamOfBucket.keyValue(bucket)),
      );
      return new ExpiringBucket(connection, manager, millis(config.max_age), options);
    } catch (error) {
      throw unavailable(what, error);
    }
  }

  private readonly keyPrefix: string;
  private readonly timeoutMs: number;

  private constructor(
    private readonly connection: NatsConnection,
    private readonly manager: JetStreamManager,
    readonly ttlMs: number,
    private readonly options: ExpiringBucketOptions<Value>,
  ) {
    this.keyPrefix = keySubject(options.bucket, '');
    this.timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  }

  /** Throws `StoreUnavailableError` whose message begins with `what`. */
  put(key: string, value: Value, what: string): Promise<void> {
    return this.send(key, JSON.stringify(value), what);
  }

  /** Marks a key that has no entry; false when it has one. Throws as `put`. */
  async mark(key: string, what: string): Promise<boolean> {
    try {
      await this.send(key, '{}', what, { expectedSequence: 0 });
      return true;
    } catch (error) {
      if (error instanceof Error && apiCodeOf(error.cause) === apiCodes.wrongLastSequence) return false;
      throw error;
    }
  }

  /** In the manner of the client's key-value store: an empty message that is marked as a deletion. Throws as `put`. */
  remove(key: string, what: string): Promise<void> {
    return this.send(key, '', what, { operation: 'DEL' });
  }

  /** All values that have not expired. Throws `StoreUnavailableError`. */
  async all(): Promise<ReadonlyMap<string, Value>> {
    const what = `cannot read the bucket ${this.options.bucket}`;
    const deadline = AbortSignal.timeout(this.timeoutMs);
    // What expires while it is waited for never comes; then it is looked again.
    for (let patienceMs = firstLookMs; !deadline.aborted; patienceMs *= 2) {
      const found = await this.look(what, AbortSignal.any([deadline, AbortSignal.timeout(patienceMs)]));
      if (found) return found;
    }
    throw unavailable(what, new Error(`no answer within ${this.timeoutMs} ms`));
  }

  /** Undefined when the signal comes before all is seen. */
  private async look(what: string, signal: AbortSignal): Promise<ReadonlyMap<string, Value> | undefined> {
    const entries: Entries<Value> = new Map();
    const end = await this.lastSequence(what);
    for await (const batch of this.feed(signal)) {
      for (const message of batch.messages) this.apply(entries, message);
      if (isPast(end, batch)) return valuesOf(entries);
    }
    return undefined;
  }

  /** Of all that was ever put. Throws `StoreUnavailableError`. */
  private async lastSequence(what: string): Promise<number> {
    const stream = streamOfBucket.keyValue(this.options.bucket);
    try {
      const { state } = await Link.of(this.connection).use(what, this.timeoutMs, () =>
        this.manager.streams.info(stream),
      );
      return state.last_seq;
    } catch (error) {
      throw unavailable(what, error);
    }
  }

  /** All values now, and again after every change and expiry, until the signal. */
  async *watch(signal: AbortSignal): AsyncIterable<ReadonlyMap<string, Value>> {
    const entries: Entries<Value> = new Map();
    const ended = new AbortController();
    const end = await this.lastSequence('').catch(() => Number.POSITIVE_INFINITY);
    const feed = this.feed(AbortSignal.any([signal, ended.signal]));
    let next = feed.next();
    let isComplete = false;
    try {
      while (!signal.aborted) {
        const batch = await beforeTime(next, nextExpiryMs(entries));
        if (batch) {
          if (batch.done) return;
          for (const message of batch.value.messages) this.apply(entries, message);
          isComplete ||= isPast(end, batch.value);
          next = feed.next();
        }
        dropExpired(entries);
        // Half of what is there would look like the death of the other half.
        if (isComplete) yield valuesOf(entries);
      }
    } finally {
      ended.abort();
      await next.catch(() => undefined);
      // One that has just handed out a batch waits to be asked for another, and would keep what it reads from.
      await feed.return(undefined);
    }
  }

  private feed(signal: AbortSignal) {
    const { connection, manager } = this;
    const stream = streamOfBucket.keyValue(this.options.bucket);
    return orderedFeed({ connection, manager, stream, afterSequence: 0, batchMax: 1_000, signal });
  }

  private apply(entries: Entries<Value>, { subject, data, headers: marks }: FeedMessage): void {
    const { parse, entriesMax = Number.POSITIVE_INFINITY, log = () => undefined, bucket } = this.options;
    const key = subject.slice(this.keyPrefix.length);
    try {
      if (isHandedOut(marks)) throw new Error('it is an answer to somebody else');
      const value = marks?.get('KV-Operation') ? undefined : parse(key, JSON.parse(new TextDecoder().decode(data)));
      entries.delete(key);
      if (value === undefined || entries.size >= entriesMax) return;
      entries.set(key, { value, expiresAtMs: performance.now() + this.ttlMs });
    } catch (error) {
      log(`${key} in ${bucket} is ignored: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private async send(
    key: string,
    text: string,
    what: string,
    { operation, expectedSequence }: { operation?: 'DEL'; expectedSequence?: number } = {},
  ): Promise<void> {
    const marks = headers();
    if (operation) marks.set('KV-Operation', operation);
    const expect = { lastSubjectSequence: expectedSequence };
    try {
      await Link.of(this.connection).use(what, this.timeoutMs, (timeout) =>
        this.connection.jetstream({ timeout }).publish(this.keyPrefix + key, text, { timeout, headers: marks, expect }),
      );
    } catch (error) {
      throw unavailable(what, error);
    }
  }
}

const defaultTimeoutMs = 5_000;
const firstLookMs = 500;

/**
 * Whether all that was put up to a position has been seen. The broker's own count of what waits does not tell it: messages that were
 * replaced while they waited stay in it (nats-server 2.9), so that it never comes to nothing.
 */
function isPast(end: number, { messages, caughtUp }: FeedBatch): boolean {
  return caughtUp || (messages.at(-1)?.sequence ?? 0) >= end;
}

function valuesOf<Value>(entries: Entries<Value>): ReadonlyMap<string, Value> {
  return new Map([...entries].map(([key, { value }]) => [key, value]));
}

function nextExpiryMs(entries: Entries<unknown>): number | undefined {
  // Entries stand in the order of their arrival, and all live equally long.
  const [oldest] = entries.values();
  return oldest?.expiresAtMs;
}

function dropExpired(entries: Entries<unknown>): void {
  const now = performance.now();
  for (const [key, { expiresAtMs }] of entries) if (expiresAtMs <= now) entries.delete(key);
}

/** What is awaited, or undefined when it is not there at the given time of the monotonic clock. */
async function beforeTime<T>(awaited: Promise<T>, timeMs: number | undefined): Promise<T | undefined> {
  if (timeMs === undefined) return awaited;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), Math.max(0, Math.ceil(timeMs - performance.now())));
  });
  try {
    return await Promise.race([awaited, late]);
  } finally {
    clearTimeout(timer);
  }
}
