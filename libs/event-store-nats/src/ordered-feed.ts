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
  /** Bytes of a batch at the most, but one message at least; no bound unless told. */
  readonly batchBytesMax?: number;
  readonly signal: AbortSignal;
}

const retryWaitsMs = [50, 100, 250, 500, 1_000, 2_000];
const retryWaitMs = (attempt: number) => retryWaitsMs[Math.min(attempt, retryWaitsMs.length - 1)]!;

/**
 * Yields batches until the signal. Throws `StoreUnavailableError` when the connection is closed, when the stream does not exist, and
 * when it comes back without its end: what is written in the place of what was lost would never be seen.
 */
export async function* orderedFeed(options: FeedOptions): AsyncGenerator<FeedBatch> {
  const { signal, batchMax, batchBytesMax } = options;
  const wake = new Wake(signal);
  let position = options.afterSequence;
  let fruitless = 0;
  for (let round = 0; !signal.aborted; round += 1) {
    const session = await openSession(options, position, wake, round > 0);
    if (!session) return;
    try {
      if (session.pendingAtStart === 0) yield { messages: [], caughtUp: true };
      while (!signal.aborted) {
        const messages = session.take(batchMax, batchBytesMax);
        const last = messages.at(-1);
        if (last) {
          position = last.sequence;
          fruitless = 0;
          yield { messages, caughtUp: last.pending === 0 && session.isEmpty };
        } else if (session.isBroken) break;
        else await wake.next();
      }
    } finally {
      session.close();
    }
    // One that ends without a message may be followed by others like it: they are not made without a pause.
    if (fruitless > 0) await wake.after(retryWaitMs(fruitless - 1), Link.of(options.connection));
    fruitless += 1;
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
      if (isReopened) await demandEnd(options, position);
      return await FeedSession.open(options, position, () => wake.now());
    } catch (error) {
      if (error instanceof EndLostError) throw error;
      const isMissing = apiCodeOf(error) === apiCodes.streamNotFound;
      if (isMissing && !isReopened)
        throw new StoreUnavailableError(`${what}: the stream does not exist`, { cause: error });
      await wake.after(retryWaitMs(attempt), Link.of(connection));
    }
  }
  return undefined;
}

/** Throws `EndLostError` unless the stream still reaches the position. */
async function demandEnd({ connection, manager, stream }: FeedOptions, position: number): Promise<void> {
  const { state } = await Link.of(connection).use(`cannot look at ${stream}`, 5_000, () =>
    manager.streams.info(stream),
  );
  if (state.last_seq < position) throw new EndLostError(stream, state.last_seq, position);
}

/** A stream ends before what was read of it. */
class EndLostError extends StoreUnavailableError {
  constructor(stream: string, end: number, position: number) {
    super(
      `${stream} ends at position ${end}, but was followed to ${position}: its end was lost, or it was made anew; what follows it is to ` +
        'start again',
    );
  }
}

/** Lets one reader sleep until something happens; a call before the sleep is not lost. */
class Wake {
  private wasCalled = false;
  private resolve: (() => void) | undefined;

  constructor(private readonly signal: AbortSignal) {
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

  /** Sleeps for a time, or until the connection changes or the signal if that comes first; calls from before do not end it. */
  async after(waitMs: number, link: Link): Promise<void> {
    this.wasCalled = this.signal.aborted;
    const timer = setTimeout(() => this.now(), waitMs);
    const stop = link.listen(() => this.now());
    await this.next();
    clearTimeout(timer);
    stop();
  }
}
