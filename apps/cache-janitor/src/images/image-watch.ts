import { type ImageCatalogue, type ImageLook, ImageServiceError, imagesAtOnceMax } from '@hearth/openstack-clients';
import { type Log, metrics } from '@hearth/platform';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ImageWatchOptions {
  readonly images: ImageCatalogue;
  readonly nowMs: () => number;
  /** Images that one round asks after. */
  readonly looksMax: number;
  /** Between two requests: what nobody waits for must not press the image service. */
  readonly pauseMs: number;
  /** Ends a round that is under way. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** What a round has learned. */
export interface Round {
  readonly looks: ReadonlyMap<string, ImageLook>;
  /** Images of which it has learned nothing: too many, or the image service is away. */
  readonly left: number;
}

/** Requests in succession that are not answered: after them the image service is taken to be away, and the round ends. */
const failuresMax = 3;

/** Of one image: when it was last asked after, and how often in succession without an answer. */
interface Asked {
  readonly atMs: number;
  readonly failures: number;
}

interface Trouble {
  readonly imageIds: readonly string[];
  readonly error: ImageServiceError;
}

/**
 * Asks the image service after images, those that were not asked after for longest first. One that it cannot tell of spoils the request
 * that it is in: what was in that is asked after last the next time, half as many at once, and so in the end each on its own.
 */
export class ImageWatch {
  private readonly asked = new Map<string, Asked>();
  private trouble: 'none' | 'some' | 'all' = 'none';
  private readonly counted = metrics.counter(
    'hearth_janitor_image_looks_total',
    'Images that the image service was asked after, by answer: shown, absent, forbidden, unanswered.',
  );

  constructor(private readonly options: ImageWatchOptions) {}

  /** Never rejects for an image service that is away or answers nonsense: what is not known changes nothing. */
  async round(imageIds: ReadonlySet<string>): Promise<Round> {
    const { nowMs, pauseMs, signal } = this.options;
    for (const id of this.asked.keys()) if (!imageIds.has(id)) this.asked.delete(id);
    const looks = new Map<string, ImageLook>();
    const troubles: Trouble[] = [];
    let failures = 0;
    for (const [at, batch] of this.batchesOf(imageIds).entries()) {
      if (at > 0 && pauseMs > 0) await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted || failures === failuresMax) break;
      const answers = await this.ask(batch);
      if (signal.aborted) break;
      const isAnswered = !(answers instanceof ImageServiceError);
      failures = isAnswered ? 0 : failures + 1;
      for (const id of batch) {
        this.asked.set(id, { atMs: nowMs(), failures: isAnswered ? 0 : (this.asked.get(id)?.failures ?? 0) + 1 });
      }
      if (!isAnswered) {
        troubles.push({ imageIds: batch, error: answers });
        this.counted.add(batch.length, { answer: 'unanswered' });
        continue;
      }
      for (const [id, look] of answers) {
        looks.set(id, look);
        this.counted.add(1, { answer: typeof look === 'string' ? look : 'shown' });
      }
    }
    this.tell(looks.size > 0, troubles);
    return { looks, left: imageIds.size - looks.size };
  }

  private batchesOf(imageIds: ReadonlySet<string>): readonly (readonly string[])[] {
    const askedAt = (id: string) => this.asked.get(id)?.atMs ?? -Infinity;
    const due = [...imageIds].sort((one, other) => Math.sign(askedAt(one) - askedAt(other)) || 0);
    const sizeOf = (id: string) => Math.max(1, imagesAtOnceMax >> (this.asked.get(id)?.failures ?? 0));
    const batches: string[][] = [];
    let size = 0;
    for (const id of due.slice(0, this.options.looksMax)) {
      const last = batches.at(-1);
      if (last && last.length < Math.min(size, sizeOf(id))) {
        last.push(id);
        size = Math.min(size, sizeOf(id));
      } else {
        batches.push([id]);
        size = sizeOf(id);
      }
    }
    return batches;
  }

  private async ask(batch: readonly string[]): Promise<ReadonlyMap<string, ImageLook> | ImageServiceError> {
    const { images, signal } = this.options;
    try {
      return await images.look(batch, { signal });
    } catch (error) {
      if (error instanceof ImageServiceError) return error;
      if (signal.aborted) return new Map();
      throw error;
    }
  }

  /** What goes on is told once. */
  private tell(isAnswered: boolean, troubles: readonly Trouble[]): void {
    const { signal, log } = this.options;
    const [first] = troubles;
    if (signal.aborted || (!first && !isAnswered)) return;
    if (isAnswered && this.trouble === 'all') log.info('the image service answers again');
    const trouble = !first ? 'none' : isAnswered ? 'some' : 'all';
    const level = trouble === this.trouble ? 'debug' : 'warn';
    if (first && !isAnswered) {
      log[level]('the image service was not asked after images: all stays as it is', { error: first.error });
    } else if (first) {
      const imageIds = troubles.flatMap((one) => one.imageIds);
      log[level]('the image service does not tell of some images: they stay as they are', {
        ...{ images: imageIds.length, imageIds: imageIds.slice(0, 10), error: first.error },
      });
    }
    this.trouble = trouble;
  }
}
