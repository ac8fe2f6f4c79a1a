import type { Usage } from '../tables/project-usage.table';
import type { SnapshotRow } from '../tables/snapshots.table';
import type { VolumeRow } from '../tables/volumes.table';

export const noUsage: Usage = { volumes: 0, gigabytes: 0, snapshots: 0, snapshotGigabytes: 0 };

/** Something that counts, and whose it is. */
export interface Counted {
  readonly projectId: string;
  /** Null: of no type. */
  readonly volumeTypeId: string | null;
  readonly usage: Usage;
}

/**
 * As in Cinder, a volume counts from the request until it is deleted, in whatever status; an extension counts from its request on.
 */
export function countedVolume(volume: VolumeRow | undefined): Counted | undefined {
  if (!volume || volume.deletedAt !== null) return undefined;
  const { projectId, volumeTypeId, sizeGib, extendingToGib } = volume;
  return { projectId, volumeTypeId, usage: { ...noUsage, volumes: 1, gigabytes: extendingToGib ?? sizeGib } };
}

export function countedSnapshot(snapshot: SnapshotRow | undefined): Counted | undefined {
  if (!snapshot || snapshot.deletedAt !== null) return undefined;
  const { projectId, volumeTypeId, sizeGib } = snapshot;
  return { projectId, volumeTypeId, usage: { ...noUsage, snapshots: 1, snapshotGigabytes: sizeGib } };
}

/** What changes in usage when `before` becomes `after`, one step for each project and type that it concerns. */
export function usageSteps(before: Counted | undefined, after: Counted | undefined): readonly Counted[] {
  if (before && after && before.projectId === after.projectId && before.volumeTypeId === after.volumeTypeId) {
    const usage = plus(after.usage, before.usage, -1);
    return isNothing(usage) ? [] : [{ ...after, usage }];
  }
  return [...(before ? [{ ...before, usage: plus(noUsage, before.usage, -1) }] : []), ...(after ? [after] : [])];
}

export function plus(one: Usage, other: Usage, times = 1): Usage {
  return {
    volumes: one.volumes + times * other.volumes,
    gigabytes: one.gigabytes + times * other.gigabytes,
    snapshots: one.snapshots + times * other.snapshots,
    snapshotGigabytes: one.snapshotGigabytes + times * other.snapshotGigabytes,
  };
}

function isNothing({ volumes, gigabytes, snapshots, snapshotGigabytes }: Usage): boolean {
  return volumes === 0 && gigabytes === 0 && snapshots === 0 && snapshotGigabytes === 0;
}
