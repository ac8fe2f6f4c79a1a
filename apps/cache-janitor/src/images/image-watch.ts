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

/** Asks the image service after images, those that were not asked after for longest first. */
export class ImageWatch {
  private readonly lookedAt = new Map<string, number>();
  private isAway = false;
  private readonly counted = metrics.counter(
    'hearth_janitor_image_looks_total',
    'Images that the image service was asked after, by answer: shown, absent, forbidden, unanswered.',
  );

  constructor(private readonly options: ImageWatchOptions) {}

  /** Never rejects for an image service that is away or answers nonsense: what is not known changes nothing. */
  async round(imageIds: ReadonlySet<string>): Promise<Round> {
    const { nowMs, looksMax, pauseMs, signal } = this.options;
    for (const id of this.lookedAt.keys()) if (!imageIds.has(id)) this.lookedAt.delete(id);
    const lookedAt = (id: string) => this.lookedAt.get(id) ?? -Infinity;
    const due = [...imageIds].sort((one, other) => Math.sign(lookedAt(one) - lookedAt(other)) || 0).slice(0, looksMax);
    const looks = new Map<string, ImageLook>();
    for (let from = 0; from < due.length && !signal.aborted; from += imagesAtOnceMax) {
      if (from > 0 && pauseMs > 0) await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      const batch = due.slice(from, from + imagesAtOnceMax);
      const answers = signal.aborted ? undefined : await this.ask(batch);
      if (!answers) break;
      for (const [id, look] of answers) {
        looks.set(id, look);
        this.lookedAt.set(id, nowMs());
        this.counted.add(1, { answer: typeof look === 'string' ? look : 'shown' });
      }
    }
    return { looks, left: imageIds.size - looks.size };
  }

  private async ask(batch: readonly string[]): Promise<ReadonlyMap<string, ImageLook> | undefined> {
    const { images, signal, log } = this.options;
    try {
      const answers = await images.look(batch, { signal });
      if (this.isAway) log.info('the image service answers again');
      this.isAway = false;
      return answers;
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!(error instanceof ImageServiceError)) throw error;
      this.counted.add(batch.length, { answer: 'unanswered' });
      log[this.isAway ? 'debug' : 'warn']('the image service was not asked after images: all stays as it is', {
        error,
      });
      this.isAway = true;
      return undefined;
    }
  }
}
