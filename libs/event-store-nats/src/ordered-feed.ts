// Messages of a JetStream stream in order, without loss or repetition, over lost connections and restarts of the server: a
// chain of short-lived pull consumers, each starting after the last message that was taken over. Pulled, because the reader
// then sets the pace: nothing is sent that there is no room for. The client's own ordered consumer does the same but looks
// its consumer up again by name after a reconnect, notices a lost one only after missed heartbeats, and bounds no bytes.
import { StoreUnavailableError } from '@hearth/event-sourcing';
import { type JetStreamManager, type NatsConnection } from 'nats';
import { apiCodeOf, apiCodes } from './broker-errors';
import { FeedSession, type FeedMessage, type FeedSource } from './feed-session';
import { Link } from './link';

/** Messages that arrived together. */
export interface FeedBatch {
  readonly messages: readonly FeedMessage[];
  /** True when nothing more was waiting in the stream. */
  readonly caughtUp: boolean;
}

export interface FeedOptions extends FeedSource {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly afterSequence: number;
  readonly batchMax: number;
  readonly signal: AbortSignal;
}

const retryWaitsMs = [50, 100, 250, 500, 1_000, 2_000];

/** Yields batches until the signal. Throws `StoreUnavailableError` when the connection is closed or the stream does not exist. */
export async function* orderedFeed(options: FeedOptions): AsyncGenerator<FeedBatch> {
  const { signal, batchMax } = options;
  const wake = new Wake(signal);
  let position = options.afterSequence;
  for (let round = 0; !signal.aborted; round += 1) {
    const session = await openSession(options, position, wake, round > 0);
    if (!session) return;
    try {
      if (session.pendingAtStart === 0) yield { messages: [], caughtUp: true };
      while (!signal.aborted) {
        const messages = session.take(batchMax);
        const last = messages.at(-1);
        if (last) {
          position = last.sequence;
          yield { messages, caughtUp: last.pending === 0 && session.isEmpty };
        } else if (session.isBroken) break;
        else await wake.next();
      }
    } finally {
      session.close();
    }
  }
}

async function openSession(
  options: FeedOptions,
  position: number,
  wake: Wake,
  isReopened: boolean,
): Promise<FeedSession | undefined> {
  const { connection, signal, stream } = options;
  const what = `cannot follow ${stream} after position ${position}`;
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    if (connection.isClosed()) throw new StoreUnavailableError(`${what}: the connection to NATS is closed`);
    try {
      return await FeedSession.open(options, position, () => wake.now());
    } catch (error) {
      const isMissing = apiCodeOf(error) === apiCodes.streamNotFound;
      if (isMissing && !isReopened)
        throw new StoreUnavailableError(`${what}: the stream does not exist`, { cause: error });
      await wake.after(retryWaitsMs[Math.min(attempt, retryWaitsMs.length - 1)]!, Link.of(connection));
    }
  }
  return undefined;
}

/** Lets one reader sleep until something happens; a call before the sleep is not lost. */
class Wake {
  private wasCalled = false;
  private resolve: (() => void) | undefined;

  constructor(signal: AbortSignal) {
    signal.addEventListener('abort', () => this.now(), { once: true });
  }

  now(): void {
    this.wasCalled = true;
    this.resolve?.();
  }

  async next(): Promise<void> {
    if (!this.wasCalled) await new Promise<void>((resolve) => (this.resolve = resolve));
    this.wasCalled = false;
    this.resolve = undefined;
  }

  /** Sleeps for a time, or until the connection is restored if that comes first. */
  async after(waitMs: number, link: Link): Promise<void> {
    const timer = setTimeout(() => this.now(), waitMs);
    const stop = link.listen(() => this.now());
    await this.next();
    clearTimeout(timer);
    stop();
  }
}
