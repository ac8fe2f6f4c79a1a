import { demandOf } from '../trace/measure';
import type { Trace } from '../trace/trace';
import { type HitCurve, HitCurveBuilder } from './hit-curve';
import { RecencyTree } from './recency-tree';
import { SizeClasses } from './size-classes';

/**
 * What a cache that evicts the least recently used copy would have served, for every limit at once, exactly.
 *
 * The rule is the pool's own: an image larger than the limit is a miss, is not cached and evicts nothing; any other miss evicts
 * from the least recently used end until the image fits. So under a limit C the cache holds, at any moment, the most recently
 * used of the images not larger than C, as many as fit, and a request is served if C is at least its image's size and at least
 *
 *     the sum of the sizes of the distinct images not larger than C asked for since its last request, its own included.
 *
 * For limits from the largest image's size on that sum is the plain stack distance. Below, it is another one between any two sizes
 * that images have: a larger limit admits larger images, and may serve less. The curve has these dents.
 */
export function lruCurve(trace: Trace): HitCurve {
  const { length, item, refillSeconds, items } = trace;
  const run = new CurveRun(items.sizeGib);
  for (let index = 0; index < length; index++) {
    const asked = item[index]!;
    run.request(asked, items.bytes[asked]!, refillSeconds[index]!);
  }
  return run.steps.build(demandOf(trace));
}

class CurveRun {
  readonly steps = new HitCurveBuilder();
  private readonly tree: RecencyTree;
  private readonly classes: SizeClasses;

  constructor(sizes: Float64Array) {
    this.tree = new RecencyTree(sizes);
    this.classes = new SizeClasses(sizes);
  }

  request(item: number, bytes: number, seconds: number): void {
    const distance = this.tree.sizeSince(item);
    if (distance >= 0) this.addRanges(item, distance, bytes, seconds);
    this.tree.use(item);
    this.classes.use(item);
  }

  /**
   * The ranges of limits that serve a request. Between two sizes that follow each other the images that are not larger than the
   * limit are the same; once their sum has reached the largest size, no limit below that serves any more.
   */
  private addRanges(item: number, distance: number, bytes: number, seconds: number): void {
    const { classes, steps } = this;
    const { sizes } = classes;
    const last = sizes.length - 1;
    const largest = sizes[last]!;
    let sum = 0;
    let isServed = false;
    for (let at = 0; at < last && sum < largest; at++) {
      sum += classes.sizeSince(item, at, largest - sum);
      if (at < classes.classOfItem(item)) continue;
      const from = sizes[at]!;
      if (isServed && sum > from) {
        steps.add(from, -1, bytes, seconds);
        isServed = false;
      }
      if (!isServed && sum < sizes[at + 1]!) {
        steps.add(Math.max(from, sum), 1, bytes, seconds);
        isServed = true;
      }
    }
    if (isServed && distance <= largest) return;
    if (isServed) steps.add(largest, -1, bytes, seconds);
    steps.add(Math.max(largest, distance), 1, bytes, seconds);
  }
}
