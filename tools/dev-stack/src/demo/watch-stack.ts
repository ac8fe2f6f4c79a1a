// A subscriber of everything: the commits of the log and the outward events, each with the time at which it arrived here.
import { JetStreamEventStore } from '@hearth/event-store-nats';
import { eventSubject, jetstream } from '@hearth/contracts';
import type { NatsConnection } from 'nats';
import { connectAsOperator, type GuardedNats } from '../../../nats-accounts/src/operator';
import { endOf, type Seen, type SeenEnd } from './seen';

export interface Watch {
  /** In the order of arrival; grows while the watch lasts. */
  readonly seen: readonly Seen[];
  /** Waits until what was seen holds what is looked for. Rejects after the time, saying what was waited for. */
  until<T>(look: (seen: readonly Seen[]) => T | undefined, what: string, timeoutMs?: number): Promise<T>;
  /** Waits until the end of a volume's create was seen. However many wait, an arrival is looked at once. */
  untilEnd(volumeId: string, timeoutMs?: number): Promise<SeenEnd>;
  readonly connection: NatsConnection;
  end(): Promise<void>;
}

/** Subscribes from now on; what happens after it resolves is seen. */
export async function watchStack(nats: GuardedNats): Promise<Watch> {
  const connection = await connectAsOperator(nats, 'hearth-watch');
  const store = await JetStreamEventStore.open(connection);
  const stop = new AbortController();
  const seen: Seen[] = [];
  const waiting = new Set<() => void>();
  const ends = new Ends();
  const add = (...arrived: Seen[]) => {
    seen.push(...arrived);
    arrived.forEach((one) => ends.add(one));
    waiting.forEach((look) => look());
  };
  const notices = readNotices(connection, add);
  const commits = readCommits(store, { afterSequence: await store.lastSequence(), signal: stop.signal }, add);
  await connection.flush();
  return {
    seen,
    connection,
    until: (look, what, timeoutMs = 60_000) => waitFor(() => look(seen), { what, timeoutMs, waiting }),
    untilEnd: (volumeId, timeoutMs = 60_000) =>
      waitFor(() => ends.get(volumeId), {
        ...{ what: `the end of the create of volume ${volumeId}`, timeoutMs },
        waiting: ends.waitingFor(volumeId),
      }),
    end: async () => {
      stop.abort();
      await commits.catch(() => undefined);
      await connection.close();
      await notices;
    },
  };
}

async function readCommits(
  store: JetStreamEventStore,
  options: { readonly afterSequence: number; readonly signal: AbortSignal },
  add: (...arrived: Seen[]) => void,
): Promise<void> {
  for await (const { commits } of store.follow(options)) {
    const atMs = performance.now();
    add(...commits.map((commit): Seen => ({ kind: 'commit', atMs, commit })));
  }
}

async function readNotices(connection: NatsConnection, add: (...arrived: Seen[]) => void): Promise<void> {
  const prefix = eventSubject('');
  for await (const message of connection.subscribe(jetstream.events.subjects)) {
    const headers = Object.fromEntries([...(message.headers ?? [])].map(([name, values]) => [name, values[0] ?? '']));
    add({
      kind: 'notice',
      atMs: performance.now(),
      type: message.subject.slice(prefix.length),
      id: headers['ce-id'] ?? '',
      data: message.json<Record<string, unknown>>(),
      headers,
    });
  }
}

function waitFor<T>(
  look: () => T | undefined,
  { what, timeoutMs, waiting }: { what: string; timeoutMs: number; waiting: Set<() => void> },
): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      waiting.delete(check);
    };
    const timer = setTimeout(() => {
      end();
      reject(new Error(`${what} was not seen within ${timeoutMs} ms`));
    }, timeoutMs);
    const check = () => {
      const found = look();
      if (found === undefined) return;
      end();
      resolve(found);
    };
    waiting.add(check);
    check();
  });
}

/** The ends of creates by volume, and who waits for which. */
class Ends {
  private readonly found = new Map<string, SeenEnd>();
  private readonly waiting = new Map<string, Set<() => void>>();

  add(one: Seen): void {
    if (one.kind !== 'commit' || one.commit.stream.category !== 'volume') return;
    const { id } = one.commit.stream;
    const end = endOf([one], id);
    if (!end || this.found.has(id)) return;
    this.found.set(id, end);
    this.waiting.get(id)?.forEach((look) => look());
    this.waiting.delete(id);
  }

  get(volumeId: string): SeenEnd | undefined {
    return this.found.get(volumeId);
  }

  waitingFor(volumeId: string): Set<() => void> {
    const waiting = this.waiting.get(volumeId) ?? new Set();
    if (!this.found.has(volumeId)) this.waiting.set(volumeId, waiting);
    return waiting;
  }
}
