import { type ProvisionedVolume, presentSignatureProperties } from '@hearth/domain';
import { DriverError } from '@hearth/driver-api';
import { ImageUploadError } from '@hearth/openstack-clients';
import { type VolumeId, isUuid } from '@hearth/kernel';
import { timed } from '../host/host';
import { objectOf } from '../pools/pool';
import { canCloneVolumes, cloneVolume } from '../volumes/clone-volume';
import { KnownVolume } from '../volumes/known-volume';
import { connectedTo } from '../volumes/objects-of';
import { lookAgain } from './look-again';
import { type Answer, type ImageWork, InTheWayError, type Strategy, declined, makeWay, obstacleTo } from './strategy';

/**
 * Clones the volume that the image service names as the place of the image's bytes (`cinder://…`), under Cinder's conditions; anything that
 * does not fit them is served another way. Asked only where the scheme is allowed (`allowed_direct_url_schemes`).
 */
export const imageVolumeCloneStrategy: Strategy = { name: 'image-volume-clone', attempt };

async function attempt(work: ImageWork): Promise<Answer> {
  const unfit = whyNot(work);
  if (unfit !== undefined) return declined(unfit);
  const found = await findVolume(work);
  if (typeof found === 'string') return declined(found);
  const now = await lookAgain(work, imageVolumeCloneStrategy.name);
  return now.state === 'unknown' ? declined('image-status-unknown') : clone(work, found);
}

function whyNot(work: ImageWork): string | undefined {
  const { host, image, request } = work;
  if (image.diskFormat !== 'raw' || image.containerFormat !== 'bare') return 'image-not-raw';
  if (request.encryptionKeyId !== undefined) return 'encrypted';
  // Nobody looks at the bytes on this way.
  const isSigned = presentSignatureProperties(image.properties).length > 0;
  return isSigned && host.signaturesVerified ? 'signature-unverified' : obstacleTo(work);
}

/** The first volume among the image's locations that may be cloned for this create; else why there is none. */
async function findVolume(work: ImageWork): Promise<KnownVolume | string> {
  const { host, image, signal } = work;
  let locations: readonly string[];
  try {
    locations = (await host.locationsOf?.(image.id, signal)) ?? [];
  } catch (error) {
    if (!(error instanceof ImageUploadError)) throw error;
    host.log.warn('the places of an image cannot be told', { imageId: image.id, error });
    return 'locations-unknown';
  }
  let why = 'no-image-volume';
  for (const id of locations.flatMap((url) => volumeIdOf(url) ?? [])) {
    const volume = await KnownVolume.read(host.store, id);
    const unfit = whyNotVolume(work, volume);
    if (unfit === undefined) return volume;
    why = unfit;
  }
  return why;
}

/** `cinder://<volume>` and `cinder://<store>/<volume>`. */
function volumeIdOf(url: string): VolumeId | undefined {
  if (!url.startsWith('cinder://')) return undefined;
  const last = url.slice(url.lastIndexOf('/') + 1).toLowerCase();
  return isUuid(last) ? (last as VolumeId) : undefined;
}

/**
 * The volume is here, and the image's owner is who creates, or whom the volume was made into an image for: Cinder's conditions. Beyond
 * them it is the volume of the image's owner, since anybody may write a place into an image of theirs; and it is not about to be given
 * an image itself, which would wait for what is made of it where the two name each other.
 */
function whyNotVolume(work: ImageWork, { id, state }: KnownVolume): string | undefined {
  const { pool, image, request, sizeGib } = work;
  if (id === work.volume.id) return 'image-volume-itself';
  if (state.status !== 'provisioned') return 'image-volume-gone';
  if (state.pool !== pool.ref) return 'image-volume-elsewhere';
  if (state.request.encryptionKeyId !== undefined) return 'encrypted';
  const { metadata, sizeGib: neededGib } = state.details;
  const isOwned = image.owner !== null && [request.projectId, metadata['image_owner']].includes(image.owner);
  if (!isOwned) return 'image-of-another-owner';
  if (!belongsTo(image.owner, state)) return 'volume-of-another-project';
  if (state.work?.do === 'reimage') return 'image-volume-at-work';
  if (neededGib > sizeGib) return 'does-not-fit';
  const inUse = connectedTo(state).length > 0;
  return canCloneVolumes(pool, { inUse }) ? undefined : 'driver-cannot-clone';
}

/** What was made into an image for somebody is the service's or theirs, and says so no more once it was given to another project. */
function belongsTo(owner: string | null, { request, details }: ProvisionedVolume): boolean {
  const wasGivenAway = request.projectId !== details.projectId;
  return details.projectId === owner || (!wasGivenAway && details.metadata['image_owner'] === owner);
}

async function clone(work: ImageWork, source: KnownVolume): Promise<Answer> {
  const { host, pool, volume, sizeGib, signal } = work;
  const target = objectOf(pool, volume.id);
  try {
    await makeWay(work);
    const { result: cloneMethod, ms } = await timed(() => cloneVolume(work, { source: source.id, target, sizeGib }));
    const moved = { cloneMethod, bytesDownloaded: 0, bytesWritten: 0, digest: null, durationsMs: { clone: ms } };
    const made = { outcome: 'bypass', reason: 'image-is-a-volume', entry: null, ...moved } as const;
    return { status: 'made', made, signature: undefined };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof InTheWayError) return declined(error.reason);
    if (!(error instanceof DriverError)) throw error;
    host.log.warn('the volume of an image could not be cloned', {
      ...{ volumeId: volume.id, source: source.id, pool: pool.ref, error },
    });
    return declined('clone-failed');
  }
}
