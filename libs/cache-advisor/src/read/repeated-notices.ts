import type { RequestFact } from './cache-fact';

/**
 * Cinder tells one decision several times: a hit twice, a miss three times. It looks into its cache once under the lock of the image and
 * once more outside of it, each time with a request id that is made on the spot, and a third time, with the second id, before it adds
 * the entry. So a notice is a repetition
 *
 * - when its request id has come before for the same image, pool and answer, or
 * - when the notice before it, of the same image, pool and answer, has another id, came at most `withinMs` ago and has no such partner yet.
 *
 * Notices of many creates at once may be paired across creates; their number is right all the same. A Cinder so old that it looks once
 * only has two creates of one image counted as one when they come that close together.
 */
export class RepeatedNotices {
  private readonly seen = new Set<string>();
  private readonly unpaired = new Map<string, number>();

  constructor(private readonly withinMs: number) {}

  /** Whether the decision that it tells of was told before. */
  isRepetition({ pool, imageId, outcome, requestId, at }: RequestFact): boolean {
    const place = `${outcome} ${imageId} ${pool}`;
    if (requestId !== null) {
      const name = `${requestId} ${place}`;
      if (this.seen.has(name)) return true;
      this.seen.add(name);
    }
    const partner = this.unpaired.get(place);
    if (partner !== undefined && Math.abs(at - partner) <= this.withinMs) {
      this.unpaired.delete(place);
      return true;
    }
    this.unpaired.set(place, at);
    return false;
  }
}
