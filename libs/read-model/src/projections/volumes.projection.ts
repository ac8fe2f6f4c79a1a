import type { VolumeEvent } from '@hearth/contracts';
import type { PlacementAttempt, VolumeRow } from '../tables/volumes.table';
import { dispatch, occurrenceOf, ofCategory, type Handlers, type Occurrence, type Projection } from './projection';

type Row = VolumeRow | undefined;

/** A volume's own stream: one row a volume. */
export const volumesProjection: Projection = {
  name: 'volumes',
  needs(rows, commit) {
    const ofVolume = ofCategory(commit, 'volume');
    if (!ofVolume) return;
    const row = rows.volumes.want({ id: ofVolume.stream.id });
    const [first] = ofVolume.events;
    const projectId = row?.projectId ?? (first?.type === 'VolumeRequested' ? first.data.projectId : undefined);
    if (projectId !== undefined) rows.projectUsage.want({ projectId });
  },
  apply(rows, commit) {
    const ofVolume = ofCategory(commit, 'volume');
    if (!ofVolume) return;
    const occurrence = occurrenceOf(commit);
    const before = rows.volumes.get({ id: commit.stream.id });
    let row: Row = before;
    for (const event of ofVolume.events) row = dispatch(on, row, event, occurrence);
    if (row && row !== before) rows.volumes.put(row);
    if (row && !before) rows.noteRequested(row.id);
  },
};

const on = {
  VolumeRequested: (row, data, { at, streamId, correlationId }) =>
    row ?? {
      id: streamId,
      projectId: data.projectId,
      userId: data.userId,
      name: data.name,
      description: data.description,
      status: 'creating',
      sizeGib: data.sizeGib,
      volumeTypeId: data.volumeType.id,
      volumeTypeName: data.volumeType.name,
      availabilityZone: data.availabilityZone,
      host: null,
      bootable: false,
      internal: false,
      metadata: data.metadata,
      imageMetadata: {},
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
    },
  VolumePlaced: (row, { pool, availabilityZone, rejected }, { at }) =>
    change(row, at, (volume) => ({
      host: pool,
      availabilityZone,
      placements: [...volume.placements, { pool, at, rejected, failure: null }],
    })),
  VolumePlacementFailed: (row, { failure, rejected }, { at }) =>
    change(row, at, (volume) => ({
      status: 'error',
      failure,
      placements: [...volume.placements, { pool: null, at, rejected, failure }],
    })),
  VolumeRescheduled: (row, { failure }, { at }) =>
    change(row, at, (volume) => ({
      status: 'creating',
      host: null,
      failure,
      placements: lastFailed(volume.placements, failure),
    })),
  VolumeDownloadStarted: (row, _data, { at }) => change(row, at, () => ({ status: 'downloading' })),
  VolumeProvisioned: (row, { pool, bootable, imageMetadata, decision }, { at }) =>
    change(row, at, () => ({
      status: 'available',
      host: pool,
      bootable,
      imageMetadata,
      decision,
      failure: null,
      launchedAt: at,
    })),
  VolumeCreateFailed: (row, { failure, decision }, { at }) =>
    change(row, at, (volume) => ({
      status: 'error',
      failure,
      decision,
      placements: lastFailed(volume.placements, failure),
    })),
  VolumeDeletionRequested: (row, _data, { at }) => change(row, at, () => ({ status: 'deleting' })),
  VolumeDeletionFailed: (row, { failure }, { at }) => change(row, at, () => ({ status: 'error_deleting', failure })),
  VolumeDeleted: (row, _data, { at }) => change(row, at, () => ({ status: 'deleted', deletedAt: at })),
} satisfies Handlers<VolumeEvent, Row>;

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
