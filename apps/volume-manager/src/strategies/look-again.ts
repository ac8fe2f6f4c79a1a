import type { Strategy as StrategyName } from '@hearth/contracts';
import { isStillOpenTo } from '@hearth/domain';
import { type ImageNow, imageNow, unusable } from '../host/image-now';
import { CreateFailedError } from '../volumes/create-failed.error';
import type { ImageWork } from './strategy';

/**
 * The image as it is now, before a create moves any of its bytes: the API has looked at it when the create was accepted, and a host acts
 * with the service's rights and not with the requester's. A clone of a ready entry asks nobody. Throws `CreateFailedError` where the
 * image is not active any more, or was taken from the project.
 */
export async function lookAgain(
  { host, image, request, signal }: ImageWork,
  strategy: StrategyName,
): Promise<Exclude<ImageNow, { state: 'unusable' }>> {
  const now = await imageNow(host, image, signal);
  const isTaken = now.state === 'active' && !isStillOpenTo(request.projectId, image, now.identity);
  const known = isTaken ? unusable('image-not-readable', `Not authorized for image ${image.id}.`) : now;
  if (known.state !== 'unusable') return known;
  const { failure, reason } = known;
  throw new CreateFailedError(failure, { outcome: 'bypass', strategy, reason, entry: null });
}
