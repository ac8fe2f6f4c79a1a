import type { VolumeEvent } from '@hearth/contracts';
import { assertNever, refuse } from '@hearth/kernel';
import { deletableSnapshots } from './snapshot.decide';
import type { Of, VolumeDecision } from './volume.commands';
import { labelOf } from './volume.label';
import { isMigrating } from './volume.refusals';
import type { DeletingVolume, ProvisionedVolume, Volume } from './volume.state';

/** As in Cinder; a deletion that failed may be asked for again besides. */
const deletable: ReadonlySet<string> = new Set([
  'available',
  'error',
  'error_deleting',
  'error_restoring',
  'error_extending',
  'error_managing',
]);

/**
 * A volume that never reached a pool is deleted at once. One that is being made is not, unless it is forced; one that is attached
 * never is: what was only reserved goes with a forced deletion.
 */
export function deleteVolume(command: Of<'DeleteVolume'>, volume: Volume): VolumeDecision {
  const { userId, force = false, cascade = false } = command;
  const data = { userId, ...(force ? { force } : {}), ...(cascade ? { cascade } : {}) };
  const requested: VolumeEvent = { type: 'VolumeDeletionRequested', data };
  switch (volume.status) {
    case 'deleting':
    case 'deleted':
      return [];
    case 'absent':
      return refuse('volume.not_found');
    case 'requested':
      return force ? [requested, { type: 'VolumeDeleted', data: {} }] : undeletable(volume);
    case 'placed':
      return force ? [requested] : undeletable(volume);
    case 'error':
      return volume.pool ? [requested] : [requested, { type: 'VolumeDeleted', data: {} }];
    case 'error-deleting':
      return refusedForSnapshots(volume, command) ?? [requested];
    case 'provisioned': {
      const refused = (force ? undefined : refusedForStatus(volume)) ?? refusedForUse(volume, command);
      return refused ?? [...leftBehind(volume), requested];
    }
    default:
      return assertNever(volume);
  }
}

/** What is not ours any more is not in use, has no snapshots, and is not encrypted: its key would be lost. */
export function unmanage(_command: Of<'Unmanage'>, volume: ProvisionedVolume): VolumeDecision {
  if (volume.request.encryptionKeyId !== undefined) return refuse('volume.encrypted', { status: volume.label });
  // Of what is not ours nothing is owed any more, and an image's record would wait for its bytes for ever.
  if (volume.unsettledUploads.length > 0) return undeletable(volume);
  return refusedForStatus(volume) ?? refusedForUse(volume, {}) ?? [{ type: 'VolumeUnmanaged', data: {} }];
}

function undeletable(volume: Volume): VolumeDecision {
  return refuse('volume.busy', { status: labelOf(volume) });
}

function refusedForStatus(volume: ProvisionedVolume): VolumeDecision | undefined {
  return deletable.has(volume.label) && !isMigrating(volume) ? undefined : undeletable(volume);
}

/** With an administrator's word that it is detached, what its host still ends is no use: removing the object ends it too. */
function refusedForUse(
  volume: ProvisionedVolume,
  command: Pick<Of<'DeleteVolume'>, 'force' | 'cascade'>,
): VolumeDecision | undefined {
  const isSaidToBeFree = volume.attachStatus === 'detached';
  const attachments = [...volume.attachments.values()].filter(({ leaving }) => !(leaving && isSaidToBeFree));
  const isSaidToBeInUse = volume.attachStatus === 'attached';
  const isInUse =
    isSaidToBeInUse || attachments.some(({ status }) => status !== 'reserved' && status !== 'error_attaching');
  if (isInUse || (attachments.length > 0 && !command.force))
    return refuse('volume.is_attached', { status: volume.label });
  return refusedForSnapshots(volume, command);
}

/** Snapshots go with the volume only if that was asked for, all of them can, and none stayed with another project. */
function refusedForSnapshots(
  volume: ProvisionedVolume | Pick<DeletingVolume, 'details' | 'snapshots'>,
  { force = false, cascade = false }: Pick<Of<'DeleteVolume'>, 'force' | 'cascade'>,
): VolumeDecision | undefined {
  const { details, snapshots } = volume;
  const staying = [...snapshots.values()].filter(
    ({ status, projectId }) =>
      !cascade || (!force && (!deletableSnapshots.has(status) || projectId !== details.projectId)),
  );
  return staying.length > 0 ? refuse('volume.has_snapshots', { snapshots: staying.length }) : undefined;
}

/** Of a forced deletion: reservations and an offer that nobody took. */
function leftBehind({ attachments, transfer }: ProvisionedVolume): VolumeEvent[] {
  const removed = [...attachments.keys()].map((attachmentId): VolumeEvent => ({
    type: 'VolumeAttachmentRemoved',
    data: { attachmentId },
  }));
  return transfer ? [...removed, { type: 'VolumeTransferDeleted', data: { transferId: transfer.id } }] : removed;
}

/** With it went the snapshots that nothing was said of. */
export function recordDeleted(_command: Of<'RecordDeleted'>, volume: Volume): VolumeDecision {
  if (volume.status === 'deleted') return [];
  if (volume.status !== 'deleting') return refuse('volume.work_ended', { status: labelOf(volume) });
  return [{ type: 'VolumeDeleted', data: {} }];
}

/** Snapshots that were to go with it failed to go. */
export function recordDeletionFailure({ failure }: Of<'RecordDeletionFailure'>, volume: Volume): VolumeDecision {
  if (volume.status === 'error-deleting') return [];
  if (volume.status !== 'deleting') return refuse('volume.work_ended', { status: labelOf(volume) });
  return [{ type: 'VolumeDeletionFailed', data: { failure } }];
}
