import type { ProjectUsageRow } from '../tables/project-usage.table';
import type { VolumeRow } from '../tables/volumes.table';

/** A project's usage after one of its volumes changed; undefined when the change does not concern it. */
export function usageAfter(
  usage: ProjectUsageRow,
  before: VolumeRow | undefined,
  after: VolumeRow,
): ProjectUsageRow | undefined {
  const volumes = countOf(after) - countOf(before);
  const gigabytes = gigabytesOf(after) - gigabytesOf(before);
  if (volumes === 0 && gigabytes === 0) return undefined;
  return { ...usage, volumes: usage.volumes + volumes, gigabytes: usage.gigabytes + gigabytes };
}

/** As in Cinder, a volume counts from the request until it is deleted, in whatever status. */
const isCounted = (volume: VolumeRow | undefined): volume is VolumeRow =>
  volume !== undefined && volume.deletedAt === null;
const countOf = (volume: VolumeRow | undefined) => (isCounted(volume) ? 1 : 0);
const gigabytesOf = (volume: VolumeRow | undefined) => (isCounted(volume) ? volume.sizeGib : 0);
