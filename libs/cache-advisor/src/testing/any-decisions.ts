import fc from 'fast-check';
import type { CacheDecision } from '../trace/decision';

/** Short random traces in which images come again, sizes differ and limits bind. */
export function anyDecisions({ lengthMax = 120, imagesMax = 12, sizeMax = 9 } = {}): fc.Arbitrary<CacheDecision[]> {
  const step = fc.record({
    image: fc.nat(imagesMax - 1),
    gapSeconds: fc.nat(20),
    refillSeconds: fc.integer({ min: 0, max: 9 }),
  });
  const sizes = fc.array(fc.integer({ min: 1, max: sizeMax }), { minLength: imagesMax, maxLength: imagesMax });
  return fc.tuple(fc.array(step, { maxLength: lengthMax }), sizes).map(([steps, sizesGib]) => {
    let at = 0;
    return steps.map(({ image, gapSeconds, refillSeconds }) => {
      at += gapSeconds * 1000;
      return decisionOf(image, { at, refillSeconds, sizeGib: sizesGib[image]!, bytes: (image + 1) * 1000 });
    });
  });
}

/** Numbered images. */
export const decisionOf = (image: number, patch: Partial<CacheDecision> = {}): CacheDecision => ({
  at: 0,
  pool: 'store-01@fast#default',
  key: `image-${image}`,
  projectId: 'demo',
  outcome: 'miss',
  sizeGib: 1,
  bytes: 1000,
  refillSeconds: 1,
  ...patch,
});
