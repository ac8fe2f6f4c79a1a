import type { VolumeEvent } from '@hearth/contracts';
import type { Commit } from '@hearth/event-sourcing';
import type { VolumeRow } from '../tables/volumes.table';
import type { FactRows } from './fact-rows';
import { ofCategory } from './projection';
import { sourceEntryOf } from './used-by.derive';

/** What the commits of a batch may touch beside a volume's own row. */
interface Touched {
  readonly projects: Set<string>;
  readonly types: Set<string>;
  readonly snapshots: Set<string>;
  readonly transfers: Set<string>;
}

/** Every project and every type that a volume has anywhere in the batch: usage moves between any two of them. */
export function wantVolumes(rows: FactRows, commits: readonly Commit[]): void {
  const touched = new Map<string, Touched>();
  for (const { stream, events } of commits.flatMap((commit) => ofCategory(commit, 'volume') ?? [])) {
    const row = rows.volumes.want({ id: stream.id });
    const of = touched.get(stream.id) ?? untouched(row);
    touched.set(stream.id, of);
    for (const event of events) {
      note(of, event, row);
      wantSource(rows, event, row);
    }
  }
  for (const of of touched.values()) want(rows, of);
}

/** The entry that the volume is made from, where its use begins or ends. */
function wantSource(rows: FactRows, event: VolumeEvent, row: VolumeRow | undefined): void {
  const begun = event.type === 'VolumeProvisioned' ? event.data.decision?.entry : undefined;
  const ended = event.type === 'VolumeDeleted' || event.type === 'VolumeUnmanaged' ? sourceEntryOf(row) : undefined;
  const source = begun ?? ended;
  if (source) rows.cacheEntries.want({ pool: source.pool, generation: source.generation });
}

function untouched(row: VolumeRow | undefined): Touched {
  return {
    projects: new Set(row ? [row.projectId] : []),
    types: new Set(row?.volumeTypeId ? [row.volumeTypeId] : []),
    snapshots: new Set(),
    transfers: new Set(row?.transfer ? [row.transfer.id] : []),
  };
}

function note(
  { projects, types, snapshots, transfers }: Touched,
  event: VolumeEvent,
  row: VolumeRow | undefined,
): void {
  const { type, data } = event;
  if ('projectId' in data) projects.add(data.projectId);
  if ('volumeType' in data) types.add(data.volumeType.id);
  if ('snapshotId' in data) snapshots.add(data.snapshotId);
  if ('transferId' in data) transfers.add(data.transferId);
  if (concernsSnapshots.has(type)) for (const id of row?.snapshotIds ?? []) snapshots.add(id);
}

/** Events of a volume that all its snapshots follow. Those of the batch are wanted by their own events. */
const concernsSnapshots: ReadonlySet<VolumeEvent['type']> = new Set([
  'VolumeTransferAccepted',
  'VolumeRetyped',
  'VolumeStatusReset',
  'VolumeDeletionRequested',
  'VolumeDeletionFailed',
  'VolumeDeleted',
  'VolumeUnmanaged',
] as const);

function want(rows: FactRows, { projects, types, snapshots, transfers }: Touched): void {
  for (const id of transfers) rows.transfers.want({ id });
  for (const id of snapshots) {
    const snapshot = rows.snapshots.want({ id });
    if (snapshot) projects.add(snapshot.projectId);
    if (snapshot?.volumeTypeId) types.add(snapshot.volumeTypeId);
  }
  for (const projectId of projects) {
    rows.projectUsage.want({ projectId });
    for (const volumeTypeId of types) rows.projectTypeUsage.want({ projectId, volumeTypeId });
  }
}
