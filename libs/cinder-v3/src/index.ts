export { noBackupService, parseCreateBackup } from './absent/create-backup.request';
export { emptyList } from './absent/empty-list';
export { parseCreateAttachment, parseUpdateAttachment } from './attachments/attachment.requests';
export type { CreateAttachmentRequest } from './attachments/attachment.requests';
export { attachmentDetail, attachmentSummary, legacyConnection } from './attachments/attachment.view';
export type { AttachmentFields, AttachmentSummaryFields, ConnectionFields } from './attachments/attachment.view';
export type { ConnectorFields } from './attachments/connector';
export { hostFault } from './attachments/host-outcome.faults';
export type { AskedOfHost, HostOutcome } from './attachments/host-outcome.faults';
export { parseListAttachments } from './attachments/list-attachments.query';
export type { ListAttachmentsQuery } from './attachments/list-attachments.query';
export {
  parseAttach,
  parseDetach,
  parseInitializeConnection,
  parseTerminateConnection,
} from './attachments/volume-attachment.actions';
export type { AttachRequest } from './attachments/volume-attachment.actions';
export {
  parseCachePolicy,
  parseCleanCache,
  parseClearCache,
  parsePinImage,
  parsePrefetch,
  parsePruneCache,
  parseSwitchCache,
} from './cache/cache.requests';
export type {
  CachePolicyRequest,
  ClearCacheRequest,
  PinImageRequest,
  PrefetchRequest,
  PruneCacheRequest,
} from './cache/cache.requests';
export { parseCachePins, parseCachePrefetches, parseEntryUsers } from './cache/cache-lists.query';
export {
  cachePinView,
  cachePolicyView,
  cachePrefetchView,
  entryUserView,
  pageView,
  skippedPrefetchView,
} from './cache/cache-lists.view';
export type { PageContext } from './cache/cache-lists.view';
export { cacheRemovalView } from './cache/cache-removal.view';
export type { PoolRemoval, RemovedEntry } from './cache/cache-removal.view';
export {
  entryMarker,
  historyMarker,
  parseCacheAdvice,
  parseCacheDifference,
  parseCacheHistory,
  parseCacheShadow,
  parseCacheState,
  parseCacheStatistics,
} from './cache/cache-times.query';
export type { CacheAdviceQuery, CacheShadowQuery } from './cache/cache-times.query';
export {
  cacheChangeView,
  cacheEntryAtView,
  cachePoolAtView,
  cacheStatisticsView,
  historyEventView,
} from './cache/cache-times.view';
export { parseCacheEntries } from './cache/cache-entries.query';
export type { CacheEntriesQuery } from './cache/cache-entries.query';
export { cacheEntryView } from './cache/cache-entry.view';
export type { CacheEntryFields } from './cache/cache-entry.view';
export { cachePoolDetail, cachePoolView } from './cache/cache-pool.view';
export type { CachePoolFields } from './cache/cache-pool.view';
export {
  attachmentNotFound,
  badRequest,
  conflict,
  faultAnswer,
  FaultError,
  forbidden,
  identityAwayAnswer,
  invalidInput,
  noRouteAnswer,
  notFound,
  unauthorizedAnswer,
  unavailable,
} from './fault';
export type { Fault, HttpAnswer } from './fault';
export { booleanOf } from './http/boolean-text';
export { readAllTenants } from './http/paging';
export { checkStorable, isStorable } from './http/storable-text';
export { checkWireSchema } from './http/wire-schema';
export type { WireSchema } from './http/wire-schema';
export {
  negotiateMinor,
  newestMinor,
  UnsupportedVersionError,
  versionHeader,
  versionHeaderValue,
} from './microversion';
export { RateLimitedError, rateLimitedAnswer } from './limits/rate-limit';
export type { RateLimit, RateUsage } from './limits/rate-limit';
export { parseListMessages } from './messages/list-messages.query';
export type { ListMessagesQuery } from './messages/list-messages.query';
export { messageList, messageView } from './messages/message.view';
export type { MessageFields } from './messages/message.view';
export { capabilitiesView, poolView } from './operations/pool.view';
export type { PoolFields } from './operations/pool.view';
export { extensionsView, extensionView } from './operations/extensions.view';
export {
  changedServiceView,
  changeServiceSchema,
  disableServiceSchema,
  parseChangeService,
} from './operations/service.request';
export type { ChangeServiceRequest } from './operations/service.request';
export { hostUsageView, hostView, serviceView } from './operations/service.view';
export type { HostUsageFields, ServiceFields } from './operations/service.view';
export { zonesView } from './operations/zone.view';
export { openApiDocument } from './openapi/document';
export { policies } from './policy/policies';
export type { Policy } from './policy/policies';
export { allows } from './policy/rule';
export type { Bearer, Rule } from './policy/rule';
export type { ProgressFields } from './progress.view';
export { parseCreateQos, parseListQos, parseSetQos, parseUnsetQos } from './qos/qos.request';
export type { CreateQosRequest, ListQosQuery, SetQosRequest } from './qos/qos.request';
export { qosAssociationsView, qosSpecsList, qosSpecsView } from './qos/qos.view';
export type { QosSpecsFields, QosSpecsPageFields } from './qos/qos.view';
export { parseListPools } from './operations/list-pools.query';
export { overQuotaFault } from './quota.fault';
export { checkQuotaName, parseUpdateQuota, parseUpdateQuotaClass, refuseBelowUse } from './quotas/quota.request';
export type { SentLimits } from './quotas/quota.request';
export { limitsOf, limitsView, quotaClassView, quotaSetView, quotaUsageView, withoutTypes } from './quotas/quota.view';
export type { QuotaFields, QuotaSetFields } from './quotas/quota.view';
export { faultOfRefusal } from './refusal.fault';
export type { AskedOperation, RefusedOperation } from './refusal.fault';
export { globalRequestId, requestIdHeaders, requestIdOf } from './request-id';
export { resourceFiltersView } from './resource-filters/resource-filters';
export { absentRoutes, pathsOf, routeOf, routes } from './routes/route-table';
export type { Operation } from './routes/route-table';
export type { AbsentRoute, Action, Method, Parameter, Parity, Route } from './routes/route';
export { parseListSnapshots } from './snapshots/list-snapshots.query';
export type { ListSnapshotsQuery } from './snapshots/list-snapshots.query';
export {
  parseCreateSnapshot,
  parseResetSnapshot,
  parseUpdateSnapshot,
  parseUpdateSnapshotStatus,
} from './snapshots/snapshot.requests';
export type { CreateSnapshotRequest } from './snapshots/snapshot.requests';
export { snapshotDetail, snapshotList, snapshotSummary } from './snapshots/snapshot.view';
export type { SnapshotFields } from './snapshots/snapshot.view';
export { parseAcceptTransfer, parseCreateTransfer, parseListTransfers } from './transfers/transfer.request';
export type { CreateTransferRequest, ListTransfersQuery } from './transfers/transfer.request';
export { createdTransfer, transferDetail, transferList, transferSummary } from './transfers/transfer.view';
export type { TransferFields } from './transfers/transfer.view';
export { configurationFaults } from './types/configuration.fault';
export type { Configured } from './types/configuration.fault';
export { defaultTypeView, parseSetDefaultType } from './types/default-type';
export type { DefaultTypeFields } from './types/default-type';
export { parseCreateSpecs, parseUpdateSpec, refuseCacheableMultiattach } from './types/extra-specs.request';
export { parseListTypes } from './types/list-types.query';
export type { ListTypesQuery, TypeFilters } from './types/list-types.query';
export { projectOfAccess, typeAccessView } from './types/type-access';
export {
  createdEncryptionView,
  parseCreateEncryption,
  parseUpdateEncryption,
  typeEncryptionView,
} from './types/type-encryption';
export type { SentEncryption, TypeEncryptionFields } from './types/type-encryption';
export { parseCreateType, parseUpdateType } from './types/volume-type.request';
export type { CreateTypeRequest, UpdateTypeRequest } from './types/volume-type.request';
export {
  changedVolumeTypeView,
  createdVolumeTypeView,
  visibleSpecs,
  volumeTypeList,
  volumeTypeView,
} from './types/volume-type.view';
export type { TypeSight, VolumeTypeFields, VolumeTypePageFields } from './types/volume-type.view';
export { healthcheckView, versionsView } from './versions/versions.view';
export { parseSetBootable, parseSetReadOnly } from './volumes/actions/flag.actions';
export { parseSetImageMetadata, parseUnsetImageMetadata } from './volumes/actions/image-metadata.actions';
export { parseReimage } from './volumes/actions/reimage.action';
export type { ReimageRequest } from './volumes/actions/reimage.action';
export { parseResetStatus } from './volumes/actions/reset-status.action';
export type { ResetStatusRequest } from './volumes/actions/reset-status.action';
export { parseRetype } from './volumes/actions/retype.action';
export { parseRevert } from './volumes/actions/revert.action';
export { parseExtend } from './volumes/actions/size.action';
export { parseUploadImage } from './volumes/actions/upload-image.action';
export type { UploadImageRequest } from './volumes/actions/upload-image.action';
export { uploadImageView } from './volumes/actions/upload-image.view';
export type { UploadedImageFields, UploadTypeFields } from './volumes/actions/upload-image.view';
export { parseCreateVolume } from './volumes/create-volume.request';
export type { CreateVolumeRequest } from './volumes/create-volume.request';
export { encryptionView } from './volumes/encryption.view';
export type { EncryptionFields } from './volumes/encryption.view';
export { explanationView } from './volumes/explanation.view';
export type { ExplainedVolume, ExplanationFields } from './volumes/explanation.fields';
export type { ListFilters } from './volumes/list-volumes.filters';
export { parseListVolumes } from './volumes/list-volumes.query';
export type { ListVolumesQuery } from './volumes/list-volumes.query';
export { parseManageVolume } from './volumes/manage/manage-volume.request';
export type { ManageVolumeRequest } from './volumes/manage/manage-volume.request';
export { pageOf, parseManageableVolumes } from './volumes/manage/manageable-volumes.query';
export type { ManageableVolumesQuery } from './volumes/manage/manageable-volumes.query';
export { manageableVolumesView } from './volumes/manage/manageable-volumes.view';
export type { ManageableVolumeFields } from './volumes/manage/manageable-volumes.view';
export { parseMetadata, parseMetadataItem } from './volumes/metadata.request';
export { parseUpdateVolume } from './volumes/update-volume.request';
export type { UpdateVolumeRequest } from './volumes/update-volume.request';
export { volumeList } from './volumes/volume-list.view';
export type { VolumePageFields } from './volumes/volume-list.view';
export { summaryMetadataMinor, volumeTotals } from './volumes/volume-summary.view';
export type { VolumeSummaryFields } from './volumes/volume-summary.view';
export type { VolumeAttachmentFields, VolumeFields } from './volumes/volume.fields';
export { createdVolume, shownMetadata, volumeDetail } from './volumes/volume.view';
export type { ViewContext } from './volumes/volume.view';
