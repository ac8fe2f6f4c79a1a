import type { ImageIdentity } from '@hearth/contracts';
import { type Volume, type VolumeCommand, volumeDecider } from '@hearth/domain';
import { runCommand, wasRefused } from '@hearth/event-sourcing';
import type { ProjectId, UserId, VolumeId } from '@hearth/kernel';
import { ImageUploadError } from '@hearth/openstack-clients';
import { createHash } from 'node:crypto';
import type { UploadStep } from '../pools/upload-entry';
import { canCloneVolumes } from './clone-volume';
import { createFromSource } from './create-from-source';
import { KnownVolume } from './known-volume';
import { connectedTo } from './objects-of';
import type { StepWork } from './step-work';
import { inTurnOf } from './turns';

/**
 * Makes a clone of the volume, a volume of its own, the place of an image's bytes (`image_upload_use_cinder_backend`): nothing is sent.
 * Gives the image as it is then, or a typed reason for which its bytes have to be sent: no clone is left then, also none that a process
 * before us had made. Throws `ImageUploadError`, and when the log is away.
 */
export async function uploadAsLocation(work: StepWork, step: UploadStep): Promise<ImageIdentity | string> {
  const { host } = work;
  const id = imageVolumeId(step.upload.imageId);
  const { state: earlier } = await KnownVolume.read(host.store, id);
  const unfit = whyNot(work, step);
  if (unfit !== undefined && isGone(earlier)) return unfit;
  try {
    const placed = await place(work, step, { id, earlier, unfit });
    // Stored before any bytes are sent, so that an image with bytes and a clone beside it was placed.
    if (typeof placed === 'string') await removeClone(work, step, id);
    return placed;
  } catch (error) {
    if (!(error instanceof ImageUploadError)) throw error;
    if (await isWithdrawn(work, step)) await removeClone(work, step, id);
    throw error;
  }
}

interface Clone {
  readonly id: VolumeId;
  /** As it was found: a process before us may have made it. */
  readonly earlier: Volume;
  readonly unfit: string | undefined;
}

async function place(work: StepWork, step: UploadStep, { id, earlier, unfit }: Clone): Promise<ImageIdentity | string> {
  const { host, signal } = work;
  const { imageId } = step.upload;
  const url = locationOf(step, id);
  const { at, image } = await host.findImage(imageId, url, signal);
  if (at !== 'nowhere') {
    const mayBeThere = earlier.status === 'provisioned' && at !== 'elsewhere';
    return mayBeThere ? image : 'image-has-bytes';
  }
  if (unfit !== undefined) return unfit;
  const clone = await makeClone(work, step, id);
  if (clone.status !== 'provisioned') return 'clone-failed';
  await tell(work, id, { do: 'SetReadOnly', readOnly: true });
  return (await host.placeImage(imageId, url, signal)) ?? 'location-refused';
}

export const isGone = ({ status }: Volume) => status === 'absent' || status === 'deleting' || status === 'deleted';

/** False where the clone may be what the image has: then it stays, whatever becomes of the upload. */
async function isWithdrawn({ host, signal }: StepWork, { upload: { imageId } }: UploadStep): Promise<boolean> {
  try {
    return await host.withdrawImage(imageId, signal);
  } catch (error) {
    if (!(error instanceof ImageUploadError)) throw error;
    host.log.warn('the record of an image that has no place stays, and the volume made for it', { imageId, error });
    return false;
  }
}

async function removeClone(work: StepWork, step: UploadStep, id: VolumeId): Promise<void> {
  const { state } = await KnownVolume.read(work.host.store, id);
  if (isGone(state)) return;
  await tell(work, id, { do: 'DeleteVolume', userId: ownerOf(work, step).userId, force: true });
}

function whyNot({ pool, volume }: StepWork, { upload, request }: UploadStep): string | undefined {
  if (!pool.backend.config.image_upload_use_cinder_backend) return 'not-configured';
  if (upload.diskFormat !== 'raw' || upload.containerFormat !== 'bare') return 'image-not-raw';
  if (request.encryptionKeyId !== undefined) return 'encrypted';
  const inUse = connectedTo(volume.state).length > 0;
  return canCloneVolumes(pool, { inUse }) ? undefined : 'driver-cannot-clone';
}

/** The volume that an image is in: one for each image, so that a process which does it again finds what is there. A UUID of version 8. */
export function imageVolumeId(imageId: string): VolumeId {
  const hash = createHash('sha256').update(`image-volume of ${imageId}`).digest();
  hash[6] = (hash[6]! & 0x0f) | 0x80;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  ) as VolumeId;
}

/** With the store's name where the volume's type says which store of the image service this backend is. */
export function locationOf({ details }: Pick<UploadStep, 'details'>, id: VolumeId): string {
  const store = details.volumeType.extraSpecs['image_service:store_id'];
  return store === undefined ? `cinder://${id}` : `cinder://${encodeURIComponent(store)}/${id}`;
}

/** Asked for and made here, as the scheduler would have it: there is only one pool for it. */
async function makeClone(work: StepWork, step: UploadStep, id: VolumeId): Promise<Volume> {
  const { host, pool, volume } = work;
  const { upload, details } = step;
  const { state } = volume;
  if (state.status !== 'provisioned') return state;
  const source = { kind: 'volume', volumeId: volume.id, pool: pool.ref } as const;
  const owner = ownerOf(work, step);
  await tell(work, id, {
    do: 'RequestVolume',
    request: {
      ...{ volumeId: id, ...owner, name: `image-${upload.imageId}`, description: null },
      ...{ sizeGib: details.sizeGib, volumeType: details.volumeType, availabilityZone: state.availabilityZone },
      metadata: { image_owner: upload.imageOwner ?? details.projectId, glance_image_id: upload.imageId },
      ...{ image: null, source, inherited: { imageMetadata: {}, bootable: details.bootable } },
    },
  });
  const { availabilityZone } = state;
  await tell(work, id, { do: 'RecordPlacement', pool: pool.ref, availabilityZone, rejected: [] });
  return inTurnOf(host, id, async () => {
    const clone = await KnownVolume.read(host.store, id);
    if (clone.state.status === 'placed' && clone.state.pool === pool.ref) {
      await createFromSource({ ...work, volume: clone }, { request: clone.state.request, source });
    }
    return clone.state;
  });
}

/** `image_upload_use_internal_tenant`: else it is the volume's owner's, and counts as theirs. */
function ownerOf({ pool }: StepWork, { details }: UploadStep): { projectId: ProjectId; userId: UserId } {
  const { config } = pool.backend;
  const projectId = config.cinder_internal_tenant_project_id as ProjectId | undefined;
  const userId = config.cinder_internal_tenant_user_id as UserId | undefined;
  if (config.image_upload_use_internal_tenant && projectId && userId) return { projectId, userId };
  return { projectId: details.projectId, userId: details.userId };
}

/** A refusal means that it is so already, or is no longer ours to say. */
async function tell({ host, volume }: StepWork, id: VolumeId, command: VolumeCommand): Promise<void> {
  const answer = await runCommand(host, volumeDecider, { category: 'volume', id }, command, volume.context);
  if (wasRefused(answer)) {
    host.log.info('a volume of an image is not as it was thought', { volumeId: id, refused: answer.refused });
  }
}
