import {
  type Database,
  explainVolume,
  findVolume,
  findVolumeType,
  listCacheEntries,
  listCachePools,
  listNeededFills,
  listVolumes,
  releaseReservation,
  reserveQuota,
} from '@hearth/read-model';
import type { Quota, ReadSide } from './read-side';

/** The read model in PostgreSQL. */
export function postgresReadSide(database: Database): ReadSide {
  return {
    findVolume: (id) => findVolume(database, id),
    listVolumes: (options) => listVolumes(database, options),
    explainVolume: (id) => explainVolume(database, id),
    findVolumeType: (nameOrId) => findVolumeType(database, nameOrId),
    listCacheEntries: (filters) => listCacheEntries(database, filters),
    listCachePools: () => listCachePools(database),
    listNeededFills: (volumeIds) => listNeededFills(database, volumeIds),
  };
}

export function postgresQuota(database: Database): Quota {
  return {
    reserve: (request) => reserveQuota(database, request),
    release: (key) => releaseReservation(database, key),
  };
}
