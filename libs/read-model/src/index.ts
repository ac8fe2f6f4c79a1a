export type { ReadModelOptions } from './database/connection';
export { Database } from './database/database';
export { ReadModelUnavailableError } from './database/read-model-unavailable.error';
export { migrate } from './migrations/migrate';
export { commitDigest } from './projector/commit-digest';
export { ProjectionPosition } from './projector/projection-position';
export { runProjector } from './projector/projector';
export type { AppliedBatch, ProjectorOptions } from './projector/projector';
export { explainVolume, listCacheEntries, listCachePools, listNeededFills } from './queries/cache.query';
export type { CacheEntryFilters, CacheEntryView, NeededFill, VolumeExplanation } from './queries/cache.query';
export { findCheckpoint } from './queries/checkpoint.query';
export { quotaState, releaseReservation, reserveQuota, setQuotaLimits, sweepReservations } from './queries/quota.query';
export type { QuotaExceeded, QuotaLimits, QuotaRequest, QuotaState, SweepOptions } from './queries/quota.query';
export { sortFields } from './queries/volume-order';
export type { SortField, SortKey } from './queries/volume-order';
export {
  defaultVolumeType,
  defaultVolumeTypeName,
  findVolumeType,
  listVolumeTypes,
} from './queries/volume-types.query';
export { findVolume, findVolumeEver, listVolumes, MarkerNotFoundError } from './queries/volumes.query';
export type { VolumeFilters, VolumeListOptions, VolumePage } from './queries/volumes.query';
export type { CacheClaimRow } from './tables/cache-claims.table';
export type { CacheEntryRow, CacheEntryStatus } from './tables/cache-entries.table';
export type { CachePoolRow } from './tables/cache-pools.table';
export type { CacheUseRow } from './tables/cache-uses.table';
export type { CheckpointRow, VolumeTypeRow } from './tables/configuration.tables';
export type { PlacementAttempt, VolumeRow, VolumeStatus } from './tables/volumes.table';
export { rebuildFacts } from './rebuild/rebuild';
export type { RebuildOptions, RebuildProgress, RebuildReport } from './rebuild/rebuild';
export { LogTooShortError } from './projector/log-too-short.error';
export type { TableDifference } from './rebuild/compare-tables';
