import type { Failure, ImageIdentity } from '@hearth/contracts';
import { ImageServiceError } from '@hearth/openstack-clients';
import { FillError } from '../fill/fill-error';
import { asFillError } from '../fill/image-problems';
import type { Host } from './host';

/**
 * `unusable`: the image is not active, or not to be seen, and nothing is made of it, with why as a typed reason and as a failure.
 * `unknown`: the image service does not say.
 */
export type ImageNow =
  | { readonly state: 'active'; readonly identity: ImageIdentity }
  | { readonly state: 'unusable'; readonly reason: string; readonly failure: Failure }
  | { readonly state: 'unknown'; readonly failure: Failure };

/**
 * The image as the image service shows it to the service. To be asked before its bytes are: an image service gives those of a deactivated
 * image to administrators, and peers have them still.
 */
export async function imageNow(
  { showImage }: Pick<Host, 'showImage'>,
  image: ImageIdentity,
  signal: AbortSignal,
): Promise<ImageNow> {
  try {
    const { status, identity } = await showImage(image.id, signal);
    if (status === 'active') return { state: 'active', identity };
    const reason = status === 'deactivated' ? 'image-deactivated' : 'image-not-active';
    return unusable(reason, `Image ${image.id} is not active.`);
  } catch (error) {
    signal.throwIfAborted();
    const problem = asFillError(error, image);
    if (!(error instanceof ImageServiceError && problem instanceof FillError)) throw error;
    const { failure } = problem;
    return failure.code === 'image.not_found'
      ? { state: 'unusable', reason: 'image-not-found', failure }
      : { state: 'unknown', failure };
  }
}

export function unusable(reason: string, told: string): Extract<ImageNow, { state: 'unusable' }> {
  return { state: 'unusable', reason, failure: { code: 'image.not_found', reason: told } };
}
