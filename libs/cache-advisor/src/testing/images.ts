import type { CacheDecision } from '../trace/decision';
import { pick, type Random } from './random';

/** What a request for an image costs. */
export type Image = Pick<CacheDecision, 'key' | 'sizeGib' | 'bytes' | 'refillSeconds'>;

/** GiB of image-volumes, from small appliances to golden desktops; those in the middle are the commonest. */
const sizesGib = [1, 2, 2, 3, 3, 5, 5, 8, 8, 10, 10, 10, 12, 20, 20, 25, 30, 40, 50, 80];
const gib = 2 ** 30;
const bytesPerSecond = 150e6;
/** Of the connection, the image's record and the first byte. */
const overheadSeconds = 2;
/** One image in so many comes from far away. */
const farAwayOneIn = 8;
const farAwayFactor = 5;

/** An image of a believable size: its file is a fifth to three fifths of its disk, and comes at about 150 MB/s. */
export function anImage(key: string, random: Random): Image {
  const sizeGib = sizesGib[pick(random, sizesGib.length)]!;
  const bytes = Math.round(sizeGib * gib * (0.2 + 0.4 * random()));
  const isFarAway = pick(random, farAwayOneIn) === 0;
  const seconds = overheadSeconds + (bytes / bytesPerSecond) * (isFarAway ? farAwayFactor : 1) * (0.8 + 0.4 * random());
  return { key, sizeGib, bytes, refillSeconds: Math.round(seconds * 10) / 10 };
}
