import type { Failure } from '@hearth/contracts';

/** An image that needs more than the volume has. */
export function doesNotFit(neededGib: number, sizeGib: number): Failure {
  const reason = `The image's virtual size is ${neededGib} GiB and does not fit in a volume of ${sizeGib} GiB.`;
  return { code: 'image.unacceptable', reason };
}
