import { refuse } from '@hearth/kernel';
import type { VolumeDecision } from './volume.commands';
import { labelOf } from './volume.label';
import type { LiveVolume, ProvisionedVolume, Snapshot, Volume } from './volume.state';

type Decide<Command, State> = (command: Command, volume: State) => VolumeDecision;

/** Its status is none in which this is done. */
export function wrongStatus(volume: Volume): VolumeDecision {
  return refuse('volume.wrong_status', { status: labelOf(volume) });
}

/** Decides about a volume that is there, whatever its status. */
export function ofLive<Command>(decide: Decide<Command, LiveVolume>): Decide<Command, Volume> {
  return (command, volume) =>
    volume.status === 'absent' || volume.status === 'deleted' ? refuse('volume.not_found') : decide(command, volume);
}

/** Decides about a volume that was made; one that is being made, deleted or never was made has the wrong status. */
export function ofProvisioned<Command>(decide: Decide<Command, ProvisionedVolume>): Decide<Command, Volume> {
  return ofLive((command, volume) => (volume.status === 'provisioned' ? decide(command, volume) : wrongStatus(volume)));
}

/** A host's report about a volume that was made; of any other the work was given up. */
export function reported<Command>(decide: Decide<Command, ProvisionedVolume>): Decide<Command, Volume> {
  return (command, volume) => {
    if (volume.status === 'absent') return refuse('volume.not_found');
    return volume.status === 'provisioned' ? decide(command, volume) : workEnded(volume);
  };
}

/** The report came too late: its work was given up, or something else came of it. */
export function workEnded(volume: Volume): VolumeDecision {
  return refuse('volume.work_ended', { status: labelOf(volume) });
}

/** Decides about a snapshot of a volume that was made. */
export function ofSnapshot<Command extends { readonly snapshotId: string }>(
  decide: (command: Command, snapshot: Snapshot, volume: ProvisionedVolume) => VolumeDecision,
): Decide<Command, Volume> {
  return ofProvisioned((command, volume) => {
    const snapshot = volume.snapshots.get(command.snapshotId);
    return snapshot ? decide(command, snapshot, volume) : refuse('snapshot.not_found');
  });
}

/** A migration that is under way forbids what changes a volume as a whole. */
export function isMigrating({ migrationStatus }: Pick<ProvisionedVolume, 'migrationStatus'>): boolean {
  return migrationStatus !== null && !['none', 'deleting', 'error', 'success'].includes(migrationStatus);
}
