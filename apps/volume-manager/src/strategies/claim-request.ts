import { type RefusalCode, effectiveCacheSettings } from '@hearth/contracts';
import { type ClaimRequest, contentKey } from '@hearth/domain';
import { type VolumeId, gibToHold } from '@hearth/kernel';
import type { Backend } from '../backends/backend';
import { limitsOf } from '../pools/pool';
import type { ImageWork } from './strategy';

/** All that a create says when it asks for its image. */
export function claimRequestOf(
  { host, pool, image, volume, request }: ImageWork,
  internalTenant: NonNullable<Backend['internalTenant']>,
): ClaimRequest {
  const { config, cache } = pool.backend;
  const { admission } = effectiveCacheSettings(cache);
  return {
    volumeId: volume.id,
    image,
    content: contentKey(image, {
      hashesTrusted: config.image_hashes_trusted,
      signaturesVerified: host.signaturesVerified,
    }),
    projectId: request.projectId,
    sizeGib: Math.max(1, gibToHold(image.virtualSizeBytes ?? image.sizeBytes)),
    limits: limitsOf(pool),
    cloneLimit: cloneLimitOf(pool.backend),
    ...(admission.mode === 'second-request' && { admissionWindowSeconds: admission.windowSeconds }),
    imageVolumeId: host.newId() as VolumeId,
    filler: { host: host.name, incarnation: host.incarnation },
    internalProjectId: internalTenant.projectId,
    internalUserId: internalTenant.userId,
    at: host.now(),
  };
}

/** Clones that one entry bears: as configured, else as the driver declares; 0 is no limit. */
function cloneLimitOf({ cache, driver }: Backend): number {
  return effectiveCacheSettings(cache).cloneLimit || (driver.capabilities.clonesOfOneMax ?? 0);
}

/** `image-cache.no_room` → `no-room`. */
export function reasonOf(refused: RefusalCode): string {
  return refused.replace('image-cache.', '').replaceAll('_', '-');
}
