export { ConfigurationError, configurationErrorCodes } from './configuration/configuration.error';
export type { ConfigurationErrorCode } from './configuration/configuration.error';
export {
  associateQosSpecs,
  createQosSpecs,
  deleteQosSpecs,
  disassociateQosSpecs,
  findQosSpecs,
  listQosAssociations,
  listQosSpecs,
  setQosSpecs,
  unsetQosSpecs,
} from './configuration/qos-specs';
export type { NewQosSpecs, QosSpecsFilters, QosSpecsListOptions } from './configuration/qos-specs';
export {
  clearQuotaLimits,
  defaultQuotaClass,
  findQuotaClass,
  findQuotaLimits,
  setQuotaClass,
  setQuotaLimits,
} from './configuration/quota-limits';
export type { QuotaLimits } from './configuration/quota-limits';
export {
  addTypeAccess,
  findDefaultType,
  listDefaultTypes,
  listTypeAccess,
  removeTypeAccess,
  setDefaultType,
  unsetDefaultType,
} from './configuration/type-access';
export type { DefaultType } from './configuration/type-access';
export { createTypeEncryption, deleteTypeEncryption, updateTypeEncryption } from './configuration/type-encryption';
export type { NewTypeEncryption } from './configuration/type-encryption';
export {
  createVolumeType,
  deleteVolumeType,
  setExtraSpecs,
  unsetExtraSpec,
  updateVolumeType,
} from './configuration/volume-types';
export type { NewVolumeType, VolumeTypeChange } from './configuration/volume-types';
export type { ReadModelOptions } from './database/connection';
export { Database } from './database/database';
export type { Queries, Statement } from './database/database';
export { ReadModelUnavailableError } from './database/read-model-unavailable.error';
export { migrate } from './migrations/migrate';
export { reservationKey } from './projections/reservation-key';
export { commitDigest, messageDigest } from './projector/commit-digest';
export { evidenceOf, lookForLoss } from './projector/log-loss';
export type { LogEvidence, LogLook, LogLoss } from './projector/log-loss';
export { LogTooShortError } from './projector/log-too-short.error';
export { ProjectionPosition } from './projector/projection-position';
export { runProjector } from './projector/projector';
export type { AppliedBatch, ProjectorOptions } from './projector/projector';
export { attachmentSortFields, findAttachment, listAttachments } from './queries/attachments.query';
export type { AttachmentFilters, AttachmentListOptions, AttachmentSortField } from './queries/attachments.query';
export { explainVolume, listNeededFills } from './queries/cache.query';
export type { NeededFill, VolumeExplanation } from './queries/cache.query';
export {
  findCacheDifference,
  findKnownTimes,
  listCacheChanges,
  listCacheEntriesAt,
  listCachePoolsAt,
} from './queries/cache-at-time.query';
export type {
  CacheDifference,
  CacheEntryAt,
  CacheEntryChange,
  CachePoolAt,
  EntryAspect,
} from './queries/cache-at-time.query';
export { findCacheEntry, listCacheEntries, listEntryUsers } from './queries/cache-entries.query';
export type { CacheEntryFilters, CacheEntrySortField, CacheEntryView, EntryUser } from './queries/cache-entries.query';
export { listCacheHistory } from './queries/cache-history.query';
export type { HistoryEvent, HistoryOptions, HistorySubject } from './queries/cache-history.query';
export { findCachePool, listCachePools, listCacheShares } from './queries/cache-pools.query';
export type { CachePoolView, CacheShare } from './queries/cache-pools.query';
export {
  findCachePolicy,
  findCachePrefetch,
  listCachePins,
  listCachePolicies,
  listCachePrefetches,
} from './queries/cache-prefetches.query';
export type { CachePrefetchFilters, CachePrefetchSortField } from './queries/cache-prefetches.query';
export { findCacheStatistics, readDecisions, statisticsKeys, sumEvictions } from './queries/cache-statistics.query';
export type {
  CacheStatistics,
  RecordedDecision,
  StatisticsKey,
  StatisticsOptions,
} from './queries/cache-statistics.query';
export { findCheckpoint } from './queries/checkpoint.query';
export type { AnyOf, TimeComparison } from './queries/conditions';
export { closeRestoredIncidents, findLogRecords, openLogIncident, rememberLog } from './queries/log-records.query';
export type { FoundIncident, LogRecords } from './queries/log-records.query';
export { MarkerNotFoundError } from './queries/list-rows';
export type { Page, PageOptions, ProjectScope } from './queries/list-rows';
export { deleteMessage, findMessage, listMessages, messageSortFields } from './queries/messages.query';
export type { MessageFilters, MessageListOptions, MessageSortField } from './queries/messages.query';
export type { SortKey } from './queries/order';
export { findQuotaSet, releaseReservation, reserveQuota, sweepReservations } from './queries/quota.query';
export type { QuotaExceeded, QuotaRequest, QuotaSet, QuotaUsage, SweepOptions } from './queries/quota.query';
export { findService, hostUsage, listServices } from './queries/services.query';
export type { HostUsage } from './queries/services.query';
export { findSnapshot, listSnapshots, snapshotSortFields } from './queries/snapshots.query';
export type { SnapshotFilters, SnapshotListOptions, SnapshotSortField } from './queries/snapshots.query';
export { findTransfer, listTransfers, transferSortFields } from './queries/transfers.query';
export type { TransferFilters, TransferListOptions, TransferSortField } from './queries/transfers.query';
export { summarizeVolumes } from './queries/volume-summary.query';
export type { VolumeSummary, VolumeSummaryOptions } from './queries/volume-summary.query';
export {
  defaultVolumeTypeName,
  findDefaultVolumeType,
  findQosSpecsOfType,
  findVolumeType,
  listHiddenTypeNames,
  listVolumeTypes,
  volumeTypeSortFields,
} from './queries/volume-types.query';
export type { VolumeTypeFilters, VolumeTypeListOptions, VolumeTypeSortField } from './queries/volume-types.query';
export { findVolume, findVolumeEver, listVolumes, sortFields } from './queries/volumes.query';
export type { ListedVolume, SortField, VolumeFilters, VolumeListOptions, VolumePage } from './queries/volumes.query';
export { acceptLog } from './rebuild/accept-log';
export type { AcceptedLog, AcceptLogOptions } from './rebuild/accept-log';
export type { TableDifference } from './rebuild/compare-tables';
export type { LostWithLog, OlderState, UnknownObject } from './rebuild/lost-with-log';
export { rebuildFacts } from './rebuild/rebuild';
export { verifyLog } from './rebuild/verify-log';
export type { VerifiedLog, VerifyLogOptions } from './rebuild/verify-log';
export type { RebuildOptions, RebuildProgress, RebuildReport } from './rebuild/rebuild';
export type { AttachmentRow, AttachmentStatus, VolumeAttachment } from './tables/attachments.table';
export type { CacheClaimRow } from './tables/cache-claims.table';
export type { CacheEntryRow, CacheEntryStatus } from './tables/cache-entries.table';
export type { CachePinRow } from './tables/cache-pins.table';
export type { CachePolicyRow } from './tables/cache-policies.table';
export type { CachePoolRow } from './tables/cache-pools.table';
export type { CachePrefetchRow } from './tables/cache-prefetches.table';
export type { CacheUseRow } from './tables/cache-uses.table';
export type { CheckpointRow } from './tables/configuration.tables';
export type { LogIncidentRow, LogLossCause, LogWitnessRow } from './tables/log.tables';
export type { MessageRow } from './tables/messages.table';
export type { ServiceRow } from './tables/services.table';
export type { SnapshotRow } from './tables/snapshots.table';
export type { TransferRow } from './tables/transfers.table';
export { qosConsumers } from './tables/volume-types.table';
export type { QosConsumer, QosSpecsRow, TypeEncryption, VolumeTypeRow } from './tables/volume-types.table';
export type { PendingTransfer, PlacementAttempt, VolumeRow, VolumeStatus } from './tables/volumes.table';
