import { badRequest, type CreateVolumeRequest, FaultError, invalidInput, notFound } from '@hearth/cinder-v3';
import type { VolumeSourceFacts } from '@hearth/contracts';
import { type ProvisionedVolume, volumeDecider, type VolumeRequest } from '@hearth/domain';
import { readState } from '@hearth/event-sourcing';
import { isUuid, type VolumeId } from '@hearth/kernel';
import type { ShownImage } from '@hearth/openstack-clients';
import type { CallContext } from '../../http/request-context';
import { findVolumeToChange, maySee } from '../change-volume';
import type { VolumeServices } from '../volume-services';
import { bootSnapshotOf } from './image-snapshot';

/** A volume or a snapshot that the new volume is a copy of, on the same pool. */
export interface CopiedSource {
  readonly source: Exclude<VolumeSourceFacts, { kind: 'existing' }>;
  /** GiB that the new volume has at least. */
  readonly sizeGib: number;
  readonly volume: ProvisionedVolume;
  readonly inherited: NonNullable<VolumeRequest['inherited']>;
}

/** What a create is made from; one of them at the most. */
export interface VolumeSources {
  readonly image: ShownImage | undefined;
  readonly copied: CopiedSource | undefined;
}

/** From 3.46 on an image that Nova made of a boot volume's snapshot is a name of that snapshot. */
const snapshotImageMinor = 46;

/** Finds what a create names: that it is not there is said before that it is too much. Throws a fault of 400, 404, 409 or 503. */
export async function findSources(
  services: VolumeServices,
  asked: CreateVolumeRequest,
  call: CallContext,
): Promise<VolumeSources> {
  const { snapshotId, sourceVolid, imageReference, groupId, backupId } = asked;
  const snapshot = snapshotId === null ? undefined : await findSnapshot(services, snapshotId, call);
  const volume = sourceVolid === null ? undefined : await findSourceVolume(services, sourceVolid, call);
  if (groupId !== null) throw notFound('Group', groupId);
  const image = imageReference === null ? undefined : await services.images.resolve(imageReference, call.caller.token);
  const bootSnapshot = image && call.minor >= snapshotImageMinor ? bootSnapshotOf(image.identity) : undefined;
  const imageSnapshot = bootSnapshot === undefined ? undefined : await findBootSnapshot(services, bootSnapshot, call);
  if (backupId !== null) throw notFound('Backup', backupId);
  const named = [image, snapshot, volume].filter((one) => one !== undefined);
  if (named.length > 1) throw invalidInput('May specify only one of backup, imageRef, snapshot, source volume');
  return imageSnapshot ? { image: undefined, copied: imageSnapshot } : { image, copied: snapshot?.() ?? volume?.() };
}

/** What is found is looked at when all that is named was found. */
type Found = () => CopiedSource;

async function findSnapshot(services: VolumeServices, id: string, call: CallContext): Promise<Found> {
  const row = isUuid(id) ? await services.reads.findSnapshot(id) : undefined;
  if (!row || !maySee(row.projectId, call)) throw notFound('Snapshot', id);
  const { state } = await readState(services.store, volumeDecider, { category: 'volume', id: row.volumeId });
  const snapshot = state.status === 'provisioned' ? state.snapshots.get(id) : undefined;
  if (state.status !== 'provisioned' || !snapshot) throw notFound('Snapshot', id);
  return () => {
    if (snapshot.status !== 'available') {
      throw badRequest("Invalid snapshot: Originating snapshot status must be one of 'available' values");
    }
    const volumeId = row.volumeId as VolumeId;
    return {
      source: { kind: 'snapshot', snapshotId: id, volumeId, pool: state.pool },
      sizeGib: snapshot.sizeGib,
      ...ofVolume(state),
    };
  };
}

async function findBootSnapshot(services: VolumeServices, id: string, call: CallContext): Promise<CopiedSource> {
  const found = await findSnapshot(services, id, call).catch((error: unknown) => {
    if (!(error instanceof FaultError) || error.fault.status !== 404) throw error;
    const message = `Nova specific image is found, but boot volume snapshot id:${id} not found.`;
    throw new FaultError({ status: 404, message });
  });
  return found();
}

async function findSourceVolume(services: VolumeServices, id: string, call: CallContext): Promise<Found> {
  const { state } = await findVolumeToChange(services, id, call);
  return () => {
    if (state.status !== 'provisioned' || !['available', 'in-use'].includes(state.label)) {
      throw badRequest("Invalid volume: Originating source volume status must be one of 'available, in-use' values");
    }
    return {
      source: { kind: 'volume', volumeId: id as VolumeId, pool: state.pool },
      sizeGib: state.details.sizeGib,
      ...ofVolume(state),
    };
  };
}

function ofVolume(volume: ProvisionedVolume): Pick<CopiedSource, 'volume' | 'inherited'> {
  const { imageMetadata, bootable } = volume.details;
  return { volume, inherited: { imageMetadata: { ...imageMetadata }, bootable } };
}
