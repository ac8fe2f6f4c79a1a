import type { VolumeEvent } from '@hearth/contracts';
import { removalAnyway } from './attachment.decide';
import type { Of, VolumeDecision } from './volume.commands';
import { labelOf } from './volume.label';
import { wrongStatus } from './volume.refusals';
import type { LiveVolume, ProvisionedVolume } from './volume.state';

/**
 * An administrator's word. A new status gives up what the host owed the volume, a deletion included, and an offer of it; with
 * `detached` go its attachments, also those that their host cannot disconnect. A volume that waits for a pool is left to the
 * scheduler, and one that never had a pool stays in error: nothing is anywhere.
 */
export function resetStatus(command: Of<'ResetStatus'>, volume: LiveVolume): VolumeDecision {
  const { do: _do, ...data } = command;
  const { status, attachStatus } = data;
  if (volume.status !== 'provisioned') {
    if (status === labelOf(volume)) return [];
    if (volume.status === 'requested' || volume.pool === undefined) return wrongStatus(volume);
    const mayKeep = volume.status === 'error' || volume.status === 'error-deleting';
    return status === undefined && !mayKeep ? wrongStatus(volume) : [{ type: 'VolumeStatusReset', data }];
  }
  const detached =
    attachStatus === 'detached'
      ? [...volume.attachments.values()].flatMap((attachment) => removalAnyway(attachment))
      : [];
  const withdrawn = status === undefined || status === 'awaiting-transfer' ? [] : withdrawal(volume);
  const before: VolumeEvent[] = [...detached, ...withdrawn];
  return before.length === 0 && isAlready(command, volume) ? [] : [...before, { type: 'VolumeStatusReset', data }];
}

function withdrawal({ transfer }: ProvisionedVolume): VolumeEvent[] {
  return transfer ? [{ type: 'VolumeTransferDeleted', data: { transferId: transfer.id } }] : [];
}

function isAlready({ status, attachStatus, migrationStatus }: Of<'ResetStatus'>, volume: ProvisionedVolume): boolean {
  return (
    (status === undefined || (status === volume.label && volume.work === undefined)) &&
    (attachStatus === undefined || attachStatus === volume.attachStatus) &&
    (migrationStatus === undefined || migrationStatus === volume.migrationStatus)
  );
}
