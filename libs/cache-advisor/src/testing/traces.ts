import type { CacheDecision } from '../trace/decision';
import { anImage, type Image } from './images';
import { pick, type Random, seededRandom, zipfRanks } from './random';

/** How many requests there are, for how many images, in how many days; equal seeds make equal traces. */
export interface TraceShape {
  readonly seed: number;
  readonly requests: number;
  readonly images: number;
  readonly days: number;
}

/** Which image is asked for next; `day` is how far the trace is, in days from its beginning. */
type NextImage = (day: number) => Image;

const dayMs = 86_400_000;
const begin = Date.UTC(2026, 0, 1);
const projects = 7;

/** Images asked for by Zipf's law, at random: exponent 0.7 is nearly even, 1.3 has a few stars. */
export function zipfTrace(shape: TraceShape, exponent: number): Generator<CacheDecision> {
  return generate(shape, (random) => {
    const images = catalogue(shape.images, random);
    const rank = zipfRanks(random, images.length, exponent);
    return () => images[rank()]!;
  });
}

/** Zipf, and now and then a hundred requests in a row for one image: a fleet scales out. */
export function burstTrace(shape: TraceShape): Generator<CacheDecision> {
  return generate(shape, (random) => {
    const images = catalogue(shape.images, random);
    const rank = zipfRanks(random, images.length, 0.9);
    let [hot, left] = [0, 0];
    return () => {
      if (left === 0 && pick(random, 200) === 0) [hot, left] = [pick(random, images.length), 100];
      if (left === 0) return images[rank()]!;
      left -= 1;
      return images[hot]!;
    };
  });
}

/** Families of images of which every night brings a new version; nine of ten requests are for the newest, the rest for older ones. */
export function nightlyTrace(shape: TraceShape): Generator<CacheDecision> {
  return generate(shape, (random) => {
    const families = Math.max(1, Math.round(shape.images / shape.days));
    const versions = Array.from({ length: families }, (_, family) =>
      Array.from({ length: Math.ceil(shape.days) }, (__, day) => anImage(`nightly-${family}-${day}`, random)),
    );
    const rank = zipfRanks(random, families, 1);
    return (day) => {
      const newest = Math.floor(day);
      const age = pick(random, 10) === 0 ? pick(random, newest + 1) : 0;
      return versions[rank()]![newest - age]!;
    };
  });
}

/** Every second request is for an image that nobody asks for again: snapshots restored once, test runs. */
export function oneHitTrace(shape: TraceShape): Generator<CacheDecision> {
  return generate(shape, (random) => {
    const images = catalogue(shape.images, random);
    const rank = zipfRanks(random, images.length, 1);
    let once = 0;
    return () => {
      if (random() < 0.5) return images[rank()]!;
      once += 1;
      return anImage(`once-${once}`, random);
    };
  });
}

/** Zipf, and in each tenth of the time a tour of all images, one after the other: somebody checks them all. */
export function scanTrace(shape: TraceShape): Generator<CacheDecision> {
  return generate(shape, (random) => {
    const images = catalogue(shape.images, random);
    const rank = zipfRanks(random, images.length, 1);
    const tourDays = shape.days / 10;
    let [tour, next] = [0, images.length];
    return (day) => {
      if (day >= (tour + 1) * tourDays) [tour, next] = [Math.floor(day / tourDays), 0];
      if (next >= images.length || random() < 0.5) return images[rank()]!;
      next += 1;
      return images[next - 1]!;
    };
  });
}

const catalogue = (images: number, random: Random): Image[] =>
  Array.from({ length: images }, (_, number) => anImage(`image-${number}`, random));

/** Requests spread evenly over the days. The first for an image is a miss, all others are hits: as with room for everything. */
function* generate(shape: TraceShape, start: (random: Random) => NextImage): Generator<CacheDecision> {
  const random = seededRandom(shape.seed);
  const next = start(random);
  const seen = new Set<string>();
  for (let request = 0; request < shape.requests; request++) {
    const day = (request / shape.requests) * shape.days;
    const image = next(day);
    yield {
      ...image,
      at: begin + Math.floor(day * dayMs),
      pool: 'store-01@fast#default',
      projectId: `project-${pick(random, projects)}`,
      outcome: seen.has(image.key) ? 'hit' : 'miss',
    };
    seen.add(image.key);
  }
}
