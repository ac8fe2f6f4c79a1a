import type { VolumeEvent } from '@hearth/contracts';
import type { SnapshotRow } from '../tables/snapshots.table';
import type { VolumeRow } from '../tables/volumes.table';
import type { FactRows } from './fact-rows';
import { dispatch, type Handlers, type Occurrence } from './projection';

type Row = SnapshotRow | undefined;
type Patch = Partial<SnapshotRow> | undefined;
type SnapshotEvent = Extract<VolumeEvent, { type: `Snapshot${string}` }>;

/** Brings what an event means for a volume's snapshots into their rows; `volume` is as it was before the event. */
export function applyToSnapshots(
  snapshots: FactRows['snapshots'],
  volume: VolumeRow,
  event: VolumeEvent,
  occurrence: Occurrence,
): void {
  if (isSnapshotEvent(event)) {
    const before = snapshots.get({ id: event.data.snapshotId });
    if (event.type === 'SnapshotRequested') {
      if (!before || before.deletedAt) snapshots.put(requested(volume, event.data, occurrence));
      return;
    }
    if (!before || before.volumeId !== volume.id || before.deletedAt) return;
    put(snapshots, before, dispatch<SnapshotEvent, Row, Patch>(on, before, event, occurrence), occurrence);
    return;
  }
  for (const { id, patch } of followed(volume, event, occurrence)) {
    const before = snapshots.get({ id });
    if (before && before.volumeId === volume.id && !before.deletedAt) put(snapshots, before, patch(before), occurrence);
  }
}

function isSnapshotEvent(event: VolumeEvent): event is SnapshotEvent {
  return event.type.startsWith('Snapshot');
}

function put(snapshots: FactRows['snapshots'], before: SnapshotRow, patch: Patch, { at }: Occurrence): void {
  if (patch) snapshots.put({ ...before, ...patch, updatedAt: at });
}

const on = {
  // Taken care of before: there is no row to change yet.
  SnapshotRequested: () => undefined,
  SnapshotCreated: () => ({ status: 'available', progress: '100%', failure: null }),
  SnapshotCreateFailed: (_row, { failure }) => ({ status: 'error', failure }),
  SnapshotUpdated: (row, { name, description }) => ({
    name: name === undefined ? row?.name : name,
    description: description === undefined ? row?.description : description,
  }),
  SnapshotMetadataSet: (_row, { metadata }) => ({ metadata }),
  SnapshotStatusReset: (_row, { status }) => ({ status, ...(status === 'available' && { failure: null }) }),
  SnapshotDeletionRequested: () => ({ status: 'deleting' }),
  SnapshotDeleted: (_row, _data, { at }) => gone(at),
  SnapshotDeletionFailed: (_row, { failure }) => ({ status: 'error_deleting', failure }),
  SnapshotUnmanaged: (_row, _data, { at }) => gone(at),
} satisfies Handlers<SnapshotEvent, Row, Patch>;

const gone = (at: string) => ({ status: 'deleted', deletedAt: at });

interface Followed {
  readonly id: string;
  readonly patch: (snapshot: SnapshotRow) => Patch;
}

/** What becomes of snapshots when something happens to their volume. */
function followed(volume: VolumeRow, event: VolumeEvent, { at }: Occurrence): readonly Followed[] {
  const all = (patch: Followed['patch']) => volume.snapshotIds.map((id) => ({ id, patch }));
  switch (event.type) {
    case 'VolumeRevertRequested':
      return [{ id: event.data.snapshotId, patch: () => ({ status: 'restoring' }) }];
    case 'VolumeReverted':
    case 'VolumeRevertFailed':
      return [{ id: event.data.snapshotId, patch: () => ({ status: 'available' }) }];
    case 'VolumeStatusReset':
      // A revert that is given up.
      return event.data.status === undefined
        ? []
        : all(({ status }) => (status === 'restoring' ? { status: 'available' } : undefined));
    case 'VolumeTransferAccepted': {
      const { projectId, userId } = event.data;
      return volume.transfer && !volume.transfer.noSnapshots ? all(() => ({ projectId, userId })) : [];
    }
    case 'VolumeRetyped':
      return all(() => ({ volumeTypeId: event.data.volumeType.id }));
    case 'VolumeDeletionRequested':
      return all(() => ({ status: 'deleting' }));
    case 'VolumeDeletionFailed': {
      const { detail: _detail, ...failure } = event.data.failure;
      return all(({ status }) => (status === 'deleting' ? { status: 'error_deleting', failure } : undefined));
    }
    case 'VolumeDeleted':
    case 'VolumeUnmanaged':
      return all(() => gone(at));
    default:
      return [];
  }
}

function requested(
  volume: VolumeRow,
  data: Extract<SnapshotEvent, { type: 'SnapshotRequested' }>['data'],
  { at, correlationId }: Occurrence,
): SnapshotRow {
  return {
    id: data.snapshotId,
    volumeId: volume.id,
    projectId: data.projectId,
    userId: data.userId,
    name: data.name,
    description: data.description,
    metadata: data.metadata,
    status: 'creating',
    sizeGib: data.sizeGib,
    volumeTypeId: volume.volumeTypeId,
    progress: '0%',
    failure: null,
    requestId: correlationId ?? null,
    createdAt: at,
    updatedAt: at,
    deletedAt: null,
  };
}
