import { fromSubjectToken, hostReportSchema, jetstream, subjectToken, type HostReport } from '@hearth/contracts';
import type { LiveHosts, LivenessBoard } from '@hearth/event-sourcing';
import { headers, millis, type JetStreamManager, type NatsConnection } from 'nats';
import { unavailable } from './broker-errors';
import type { FeedMessage } from './feed-session';
import { Link } from './link';
import { orderedFeed } from './ordered-feed';

export interface LivenessBoardOptions {
  /** Default 5,000. */
  readonly timeoutMs?: number;
  /** Hears of reports that cannot be read: another version's, or not ours. */
  readonly log?: (line: string) => void;
}

const bucket = jetstream.livenessBucket;
const stream = `KV_${bucket}`;
const keyPrefix = `$KV.${bucket}.`;

interface Entry {
  readonly report: HostReport;
  /** Of this process's monotonic clock: hosts' clocks differ. */
  readonly expiresAtMs: number;
}

/**
 * The liveness board in a key-value bucket whose entries the broker drops after their time to live. It tells nobody when it does,
 * so watchers count the time from the arrival of each report themselves; a report that was there at the start of a watch may
 * therefore be shown for up to one time to live longer.
 */
export class KeyValueLivenessBoard implements LivenessBoard {
  /** Opens the board, whose bucket must exist (`ensureStreams`). Throws `StoreUnavailableError`. */
  static async open(connection: NatsConnection, options: LivenessBoardOptions = {}): Promise<KeyValueLivenessBoard> {
    const { timeoutMs = 5_000, log = () => undefined } = options;
    const what = `cannot open the liveness bucket ${bucket}`;
    try {
      const manager = await connection.jetstreamManager({ checkAPI: false, timeout: timeoutMs });
      const { config } = await Link.of(connection).use(what, timeoutMs, () => manager.streams.info(stream));
      return new KeyValueLivenessBoard(connection, manager, millis(config.max_age), timeoutMs, log);
    } catch (error) {
      throw unavailable(what, error);
    }
  }

  private constructor(
    private readonly connection: NatsConnection,
    private readonly manager: JetStreamManager,
    readonly ttlMs: number,
    private readonly timeoutMs: number,
    private readonly log: (line: string) => void,
  ) {}

  report(report: HostReport): Promise<void> {
    return this.put(report.host, JSON.stringify(hostReportSchema.parse(report)));
  }

  /** In the manner of the client's key-value store: an empty message that is marked as a deletion. */
  withdraw(host: string): Promise<void> {
    return this.put(host, '', 'DEL');
  }

  async hosts(): Promise<LiveHosts> {
    const entries = new Map<string, Entry>();
    const signal = AbortSignal.timeout(this.timeoutMs);
    for await (const { messages, caughtUp } of this.feed(signal)) {
      for (const message of messages) this.apply(entries, message);
      if (caughtUp) return liveOf(entries);
    }
    throw unavailable(`cannot read the liveness bucket ${bucket}`, new Error(`no answer within ${this.timeoutMs} ms`));
  }

  async *watch(signal: AbortSignal): AsyncIterable<LiveHosts> {
    const entries = new Map<string, Entry>();
    const ended = new AbortController();
    const feed = this.feed(AbortSignal.any([signal, ended.signal]));
    let next = feed.next();
    let isComplete = false;
    try {
      while (!signal.aborted) {
        const batch = await beforeTime(next, nextExpiryMs(entries));
        if (batch) {
          if (batch.done) return;
          for (const message of batch.value.messages) this.apply(entries, message);
          isComplete ||= batch.value.caughtUp;
          next = feed.next();
        }
        dropExpired(entries);
        // Half of what is there would look like the death of the other half.
        if (isComplete) yield liveOf(entries);
      }
    } finally {
      ended.abort();
      await next.catch(() => undefined);
    }
  }

  private feed(signal: AbortSignal) {
    const { connection, manager } = this;
    return orderedFeed({ connection, manager, stream, afterSequence: 0, batchMax: 1_000, signal });
  }

  private apply(entries: Map<string, Entry>, { subject, data, headers: marks }: FeedMessage): void {
    const host = fromSubjectToken(subject.slice(keyPrefix.length));
    entries.delete(host);
    if (marks?.get('KV-Operation')) return;
    try {
      const report = hostReportSchema.parse(JSON.parse(new TextDecoder().decode(data)));
      if (report.host !== host) throw new Error(`it speaks for ${report.host}`);
      entries.set(host, { report, expiresAtMs: performance.now() + this.ttlMs });
    } catch (error) {
      this.log(`the report of host ${host} is ignored: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private async put(host: string, value: string, operation?: 'DEL'): Promise<void> {
    const what = `cannot report host ${host}`;
    const marks = headers();
    if (operation) marks.set('KV-Operation', operation);
    try {
      await Link.of(this.connection).use(what, this.timeoutMs, (timeout) =>
        this.connection
          .jetstream({ timeout })
          .publish(keyPrefix + subjectToken(host), value, { timeout, headers: marks }),
      );
    } catch (error) {
      throw unavailable(what, error);
    }
  }
}

function liveOf(entries: ReadonlyMap<string, Entry>): LiveHosts {
  return new Map([...entries].map(([host, { report }]) => [host, report]));
}

function nextExpiryMs(entries: ReadonlyMap<string, Entry>): number | undefined {
  const times = [...entries.values()].map(({ expiresAtMs }) => expiresAtMs);
  return times.length === 0 ? undefined : Math.min(...times);
}

function dropExpired(entries: Map<string, Entry>): void {
  const now = performance.now();
  for (const [host, { expiresAtMs }] of entries) if (expiresAtMs <= now) entries.delete(host);
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
