import type { ImageIdentity } from '@hearth/contracts';
import { FillError } from '../fill-error';

/**
 * A download broke off in the middle, the server cannot go on there, and nothing vouches for the whole: bytes that were delivered before
 * and those of a second download may be of two different files. Whoever took the bytes throws them away and starts over.
 */
export class MustStartOverError extends FillError {
  constructor(image: ImageIdentity, atByte: number, options?: ErrorOptions) {
    const reason = `The download of image ${image.id} ended after ${atByte} of ${image.sizeBytes} bytes and cannot go on there.`;
    const detail = 'the image service serves no ranges, and the image has no hash to compare a second download with';
    super({ code: 'image.download_failed', reason, detail }, options);
    this.name = 'MustStartOverError';
  }
}

/** The budget for resuming a download is used up. */
export function givenUp(
  image: ImageIdentity,
  { atByte, attempts, cause }: { readonly atByte: number; readonly attempts: number; readonly cause: Error },
): FillError {
  const far = `its download ended after ${atByte} of ${image.sizeBytes} bytes`;
  const reason = `Image ${image.id} could not be fetched whole: ${far}, and was resumed ${attempts} times.`;
  return new FillError({ code: 'image.download_failed', reason, detail: `at last: ${cause.message}` }, { cause });
}
