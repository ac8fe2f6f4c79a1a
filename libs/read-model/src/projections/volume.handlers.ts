import type { VolumeEvent } from '@hearth/contracts';
import type { PlacementAttempt, VolumeRow } from '../tables/volumes.table';
import { attachmentHandlers } from './attachment.handlers';
import { unchanged, type Handlers, type Occurrence } from './projection';
import { attachmentStatusOf } from './volume-label';
import { workHandlers } from './work.handlers';

type Row = VolumeRow | undefined;

/** What each fact of a volume's stream makes of the volume's row. */
export const volumeHandlers = {
  VolumeRequested: (row, data, occurrence) => row ?? requested(data, occurrence),
  VolumePlaced: (row, { pool, availabilityZone, rejected }, { at }) =>
    change(row, at, (volume) => ({
      host: pool,
      availabilityZone,
      placements: [...volume.placements, { pool, at, rejected, failure: null }],
    })),
  VolumePlacementFailed: (row, { failure, rejected }, { at }) =>
    change(row, at, (volume) => ({
      status: notMade(volume),
      failure,
      placements: [...volume.placements, { pool: null, at, rejected, failure }],
    })),
  VolumeRescheduled: (row, { pool, failure }, { at }) =>
    changeOn(pool, row, at, (volume) => ({
      status: 'creating',
      host: null,
      failure,
      placements: lastFailed(volume.placements, failure),
    })),
  VolumeDownloadStarted: (row, { pool }, { at }) => changeOn(pool, row, at, () => ({ status: 'downloading' })),
  VolumeProvisioned: (row, { pool, bootable, imageMetadata, decision, sizeGib }, { at }) =>
    changeOn(pool, row, at, (volume) => ({
      status: 'available',
      sizeGib: sizeGib ?? volume.sizeGib,
      bootable,
      imageMetadata,
      decision,
      failure: null,
      launchedAt: at,
    })),
  VolumeCreateFailed: (row, { failure, decision }, { at }) =>
    change(row, at, (volume) => ({
      status: notMade(volume),
      failure,
      decision,
      placements: lastFailed(volume.placements, failure),
    })),
  VolumeDeletionRequested: (row, _data, { at }) => change(row, at, () => ({ ...unused, status: 'deleting' })),
  VolumeDeletionFailed: (row, { failure }, { at }) => change(row, at, () => ({ status: 'error_deleting', failure })),
  VolumeDeleted: (row, _data, { at }) => gone(row, at),
  VolumeUnmanaged: (row, _data, { at }) => gone(row, at),

  VolumeUpdated: (row, { name, description }, { at }) =>
    change(row, at, (volume) => ({
      name: name === undefined ? volume.name : name,
      description: description === undefined ? volume.description : description,
    })),
  VolumeMetadataSet: (row, { metadata }, { at }) => change(row, at, () => ({ metadata })),
  VolumeImageMetadataSet: (row, { imageMetadata }, { at }) => change(row, at, () => ({ imageMetadata })),
  VolumeBootableSet: (row, { bootable }, { at }) => change(row, at, () => ({ bootable })),
  VolumeReadOnlySet: (row, { readOnly }, { at }) => change(row, at, () => ({ readOnly })),
  VolumeStatusReset: (row, data, { at }) => change(row, at, (volume) => reset(volume, data)),
  VolumeRetyped: (row, { volumeType }, { at }) =>
    change(row, at, () => ({
      volumeTypeId: volumeType.id,
      volumeTypeName: volumeType.name,
      encryption: volumeType.encryption ?? null,
      // Cinder's extra spec; with the type comes what it says.
      multiattach: volumeType.extraSpecs['multiattach']?.trim().toLowerCase() === '<is> true',
    })),

  VolumeTransferCreated: (row, { transferId: id, noSnapshots }, { at }) =>
    change(row, at, () => ({ transfer: { id, noSnapshots }, status: 'awaiting-transfer' })),
  VolumeTransferAccepted: (row, { projectId, userId }, { at }) =>
    change(row, at, (volume) => ({ projectId, userId, transfer: null, status: attachmentStatusOf(volume) })),
  VolumeTransferDeleted: (row, _data, { at }) =>
    change(row, at, (volume) => ({ transfer: null, status: attachmentStatusOf(volume) })),

  // What a snapshot is does not change when its volume did.
  SnapshotRequested: (row, { snapshotId }) =>
    row && !row.snapshotIds.includes(snapshotId) ? { ...row, snapshotIds: [...row.snapshotIds, snapshotId] } : row,
  SnapshotDeleted: (row, { snapshotId }) => withoutSnapshot(row, snapshotId),
  SnapshotUnmanaged: (row, { snapshotId }) => withoutSnapshot(row, snapshotId),
  SnapshotCreated: unchanged,
  SnapshotCreateFailed: unchanged,
  SnapshotUpdated: unchanged,
  SnapshotMetadataSet: unchanged,
  SnapshotStatusReset: unchanged,
  SnapshotDeletionRequested: unchanged,
  SnapshotDeletionFailed: unchanged,

  ...workHandlers,
  ...attachmentHandlers,
} satisfies Handlers<VolumeEvent, Row>;

type DataOf<Type extends VolumeEvent['type']> = Extract<VolumeEvent, { type: Type }>['data'];

function requested(data: DataOf<'VolumeRequested'>, { at, streamId, correlationId }: Occurrence): VolumeRow {
  const { volumeType, source, inherited } = data;
  return {
    id: streamId,
    projectId: data.projectId,
    userId: data.userId,
    name: data.name,
    description: data.description,
    status: source?.kind === 'existing' ? 'managing' : 'creating',
    sizeGib: data.sizeGib,
    extendingToGib: null,
    volumeTypeId: volumeType.id,
    volumeTypeName: volumeType.name,
    encryption: volumeType.encryption ?? null,
    encryptionKeyId: data.encryptionKeyId ?? null,
    snapshotId: source?.kind === 'snapshot' ? source.snapshotId : null,
    sourceVolid: source?.kind === 'volume' ? source.volumeId : null,
    availabilityZone: data.availabilityZone,
    host: null,
    bootable: inherited?.bootable ?? false,
    readOnly: null,
    multiattach: data.multiattach ?? false,
    attachStatus: 'detached',
    migrationStatus: null,
    attachments: [],
    held: null,
    snapshotIds: [],
    transfer: null,
    internal: false,
    metadata: data.metadata,
    imageMetadata: inherited?.imageMetadata ?? {},
    imageId: data.image?.id ?? null,
    failure: null,
    decision: null,
    placements: [],
    requestId: correlationId ?? null,
    requestDigest: data.requestDigest ?? null,
    createdAt: at,
    updatedAt: at,
    launchedAt: null,
    deletedAt: null,
  };
}

/** What was to be taken over is told apart, as in the domain. */
function notMade({ status }: VolumeRow): VolumeRow['status'] {
  return status === 'managing' ? 'error_managing' : 'error';
}

/** By an administrator: what a host still owed the volume is given up with its status. */
function reset(
  volume: VolumeRow,
  { status, attachStatus, migrationStatus }: DataOf<'VolumeStatusReset'>,
): Partial<VolumeRow> {
  return {
    ...(status !== undefined && { status, extendingToGib: null, held: null }),
    ...(status === 'available' && { failure: null }),
    // Their host still ends the connections; for clients they are gone, as in Cinder.
    ...(attachStatus === 'detached' && {
      attachments: volume.attachments.map((one) => (one.leaving ? { ...one, status: 'detached' as const } : one)),
    }),
    attachStatus: attachStatus ?? volume.attachStatus,
    migrationStatus: migrationStatus === undefined ? volume.migrationStatus : migrationStatus,
  };
}

/** Nobody uses what is being deleted, or is not ours any more. */
const unused: Partial<VolumeRow> = {
  extendingToGib: null,
  held: null,
  transfer: null,
  attachments: [],
  attachStatus: 'detached',
  migrationStatus: null,
};

function gone(row: Row, at: string): Row {
  return change(row, at, () => ({ ...unused, snapshotIds: [], status: 'deleted', deletedAt: at }));
}

function withoutSnapshot(row: Row, snapshotId: string): Row {
  if (!row?.snapshotIds.includes(snapshotId)) return row;
  return { ...row, snapshotIds: row.snapshotIds.filter((id) => id !== snapshotId) };
}

/** What a host says of a pool on which the volume is not changes nothing, as in the domain. */
function changeOn(pool: string, row: Row, at: Occurrence['at'], patch: (volume: VolumeRow) => Partial<VolumeRow>): Row {
  return row?.host === pool ? change(row, at, patch) : row;
}

function change(row: Row, at: Occurrence['at'], patch: (volume: VolumeRow) => Partial<VolumeRow>): Row {
  return row && { ...row, ...patch(row), updatedAt: at };
}

function lastFailed(
  placements: readonly PlacementAttempt[],
  failure: PlacementAttempt['failure'],
): readonly PlacementAttempt[] {
  const last = placements.at(-1);
  return last ? [...placements.slice(0, -1), { ...last, failure }] : placements;
}
