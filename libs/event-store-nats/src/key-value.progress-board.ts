import { type FillProgress, fillProgressSchema, jetstream, progressKey } from '@hearth/contracts';
import type { ProgressBoard, RunningFills } from '@hearth/event-sourcing';
import type { NatsConnection } from 'nats';
import { ExpiringBucket } from './expiring-bucket';

export interface ProgressBoardOptions {
  /** Default 5,000. */
  readonly timeoutMs?: number;
  /** Readers hold so many fills at the most. Default 10,000. */
  readonly entriesMax?: number;
  /** Hears of reports that cannot be read: another version's, or not ours. */
  readonly log?: (line: string) => void;
}

/** The progress board in a key-value bucket whose entries expire. */
export class KeyValueProgressBoard implements ProgressBoard {
  /** Opens the board, whose bucket must exist (`ensureStreams`). Throws `StoreUnavailableError`. */
  static async open(connection: NatsConnection, options: ProgressBoardOptions = {}): Promise<KeyValueProgressBoard> {
    const { entriesMax = 10_000, ...others } = options;
    const bucket = { ...others, entriesMax, bucket: jetstream.progressBucket, parse };
    return new KeyValueProgressBoard(await ExpiringBucket.open(connection, bucket));
  }

  private constructor(private readonly bucket: ExpiringBucket<FillProgress>) {}

  async report(progress: FillProgress): Promise<void> {
    const key = progressKey(progress);
    await this.bucket.put(key, fillProgressSchema.parse(progress), `cannot report the progress of ${key}`);
  }

  clear(key: string): Promise<void> {
    return this.bucket.remove(key, `cannot take ${key} off the progress board`);
  }

  all(): Promise<RunningFills> {
    return this.bucket.all();
  }

  watch(signal: AbortSignal): AsyncIterable<RunningFills> {
    return this.bucket.watch(signal);
  }

  firstToTell(step: string): Promise<boolean> {
    return this.bucket.mark(toldPrefix + step, `cannot take the step ${step} of a fill`);
  }
}

/** Of keys that mark what was passed on. */
const toldPrefix = 'told.';

function parse(key: string, json: unknown): FillProgress | undefined {
  if (key.startsWith(toldPrefix)) return undefined;
  const progress = fillProgressSchema.parse(json);
  const own = progressKey(progress);
  if (own !== key) throw new Error(`it speaks for ${own}`);
  return progress;
}
