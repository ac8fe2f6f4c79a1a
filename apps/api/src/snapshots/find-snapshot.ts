import { notFound } from '@hearth/cinder-v3';
import { type Snapshot, volumeDecider } from '@hearth/domain';
import { readState } from '@hearth/event-sourcing';
import { isUuid } from '@hearth/kernel';
import { findSnapshot, type SnapshotRow } from '@hearth/read-model';
import type { CallContext } from '../http/request-context';
import { type FoundVolume, maySee } from '../volumes/change-volume';
import type { VolumeServices } from '../volumes/volume-services';

type Services = Pick<VolumeServices, 'store' | 'database'>;

/** A snapshot that the caller may see, with its volume, as the volume's stream tells them. */
export interface FoundSnapshot {
  readonly snapshot: Snapshot;
  readonly volume: FoundVolume;
  readonly row: SnapshotRow;
}

/** The row of a snapshot that the caller may see. Throws a fault of 404. */
export async function findSnapshotRow(
  { database }: Pick<Services, 'database'>,
  id: string,
  call: CallContext,
): Promise<SnapshotRow> {
  const row = isUuid(id) ? await findSnapshot(database, id) : undefined;
  if (!row || !maySee(row.projectId, call)) throw notFound('Snapshot', id);
  return row;
}

/** Finds a snapshot to change. Throws a fault of 404 for one that is not there, is deleted, or is another project's. */
export async function findSnapshotToChange(services: Services, id: string, call: CallContext): Promise<FoundSnapshot> {
  const row = await findSnapshotRow(services, id, call);
  const { volumeId } = row;
  const { state, sequence } = await readState(services.store, volumeDecider, { category: 'volume', id: volumeId });
  const snapshot = 'snapshots' in state ? state.snapshots.get(id) : undefined;
  if (!snapshot || state.status !== 'provisioned' || !maySee(snapshot.projectId, call)) throw notFound('Snapshot', id);
  return { snapshot, volume: { id: volumeId, state, sequence }, row };
}
