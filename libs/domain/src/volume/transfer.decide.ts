import { refuse } from '@hearth/kernel';
import type { Of, VolumeDecision } from './volume.commands';
import { wrongStatus } from './volume.refusals';
import type { ProvisionedVolume } from './volume.state';

/** Offers the volume. Snapshots that go with it must be at rest. */
export function createTransfer(
  { transfer, allowEncrypted = false }: Of<'CreateTransfer'>,
  volume: ProvisionedVolume,
): VolumeDecision {
  const { label, snapshots } = volume;
  const { id: transferId, name, salt, keyHash, noSnapshots } = transfer;
  if (volume.transfer?.id === transferId) return [];
  if (label !== 'available') return wrongStatus(volume);
  if (volume.attachments.size > 0) return refuse('volume.is_attached', { status: label });
  if (volume.request.encryptionKeyId !== undefined && !allowEncrypted) {
    return refuse('volume.encrypted', { status: label });
  }
  const busy = noSnapshots ? undefined : [...snapshots.values()].find(({ status }) => status !== 'available');
  if (busy) return refuse('snapshot.wrong_status', { status: busy.status, snapshotId: busy.id });
  return [{ type: 'VolumeTransferCreated', data: { transferId, name, salt, keyHash, noSnapshots } }];
}

export function acceptTransfer(command: Of<'AcceptTransfer'>, volume: ProvisionedVolume): VolumeDecision {
  const { transferId, keyHash, projectId, userId } = command;
  const { transfer, label } = volume;
  if (transfer?.id !== transferId) return refuse('transfer.not_found');
  if (transfer.keyHash !== keyHash) return refuse('transfer.wrong_key');
  if (label !== 'awaiting-transfer') return wrongStatus(volume);
  return [{ type: 'VolumeTransferAccepted', data: { transferId, projectId, userId } }];
}

export function deleteTransfer({ transferId }: Of<'DeleteTransfer'>, volume: ProvisionedVolume): VolumeDecision {
  if (volume.transfer?.id !== transferId) return refuse('transfer.not_found');
  return [{ type: 'VolumeTransferDeleted', data: { transferId } }];
}
