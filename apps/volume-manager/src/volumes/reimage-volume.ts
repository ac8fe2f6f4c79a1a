import type { ImageIdentity } from '@hearth/contracts';
import type { VolumeDetails, VolumeRequest } from '@hearth/domain';
import { countDecision } from '../host/metrics';
import { untilStored } from '../host/until-stored';
import type { ImageWork } from '../strategies/strategy';
import { CreateFailedError } from './create-failed.error';
import { removeFromBackend } from './delete-from-pool';
import { type Declined, fillFromImage } from './fill-from-image';
import { settle, settleClaims, settleEarlier } from './settle-claims';
import type { StepWork } from './step-work';

interface ReimageStep {
  readonly image: ImageIdentity;
  readonly request: VolumeRequest;
  readonly details: VolumeDetails;
}

/**
 * Replaces all that is in a volume by an image's bytes, by the same ways as a create. What was there goes only when its successor is at
 * hand; after a failure the volume may hold nothing, and is in error.
 */
export async function reimageVolume(work: StepWork, { image, request, details }: ReimageStep): Promise<void> {
  const { host, pool, volume, signal } = work;
  await settleEarlier(host, pool, volume);
  const makeWay = () => removeFromBackend(pool, volume.id);
  const imageWork: ImageWork = { ...work, image, request, sizeGib: details.sizeGib, makeWay };
  const declined: Declined = [];
  try {
    const filled = await fillFromImage(imageWork, declined);
    if (!filled) return;
    await untilStored(signal, () => volume.record(host, { do: 'RecordReimaged', imageId: image.id, ...filled }));
    // Not where an administrator has given the work up meanwhile.
    if (volume.ended?.succeeded) countDecision(pool.ref, filled.decision);
    await settle(host, pool, volume);
  } catch (error) {
    if (!(error instanceof CreateFailedError)) throw error;
    const { failure } = error;
    const about = { volumeId: volume.id, imageId: image.id, pool: pool.ref };
    host.log.error('a volume could not be given an image', { ...about, declined, code: failure.code, error });
    await untilStored(signal, () => volume.record(host, { do: 'RecordReimageFailure', imageId: image.id, failure }));
    await settleClaims(host, volume);
  }
}
