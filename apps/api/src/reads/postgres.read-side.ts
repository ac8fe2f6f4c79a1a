import {
  type Database,
  explainVolume,
  findDefaultVolumeType,
  findQosSpecsOfType,
  findSnapshot,
  findVolume,
  findVolumeType,
  listCacheEntries,
  listCachePools,
  listNeededFills,
  listVolumes,
  releaseReservation,
  reserveQuota,
  summarizeVolumes,
} from '@hearth/read-model';
import type { Quota, ReadSide } from './read-side';

/** The read model in PostgreSQL. */
export function postgresReadSide(database: Database): ReadSide {
  return {
    findVolume: (id) => findVolume(database, id),
    listVolumes: (options) => listVolumes(database, options),
    explainVolume: (id) => explainVolume(database, id),
    findSnapshot: (id) => findSnapshot(database, id),
    summarizeVolumes: (options) => summarizeVolumes(database, options),
    findVolumeType: (nameOrId, projectId) => findVolumeType(database, nameOrId, projectId),
    findDefaultType: (name, projectId) => findDefaultVolumeType(database, name, projectId),
    findQosSpecsOfType: (volumeTypeId) => findQosSpecsOfType(database, volumeTypeId),
    listCacheEntries: (options) => listCacheEntries(database, options),
    listCachePools: () => listCachePools(database),
    listNeededFills: (volumeIds) => listNeededFills(database, volumeIds),
  };
}

export function postgresQuota(database: Database): Quota {
  return {
    reserve: (request) => reserveQuota(database, request),
    release: (key, holder) => releaseReservation(database, key, holder),
  };
}
