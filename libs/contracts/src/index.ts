export { actorSchema } from './actor';
export type { Actor } from './actor';
export { hostReportSchema, poolReportSchema } from './capacity/pool-report';
export type { HostReport, PoolReport } from './capacity/pool-report';
export { serviceBinaries, serviceReportSchema } from './capacity/service-report';
export type { ServiceBinary, ServiceReport } from './capacity/service-report';
export { cacheBounds } from './cache-bounds';
export { cachePolicyContract, imageSelectorSchema } from './cache-policy/cache-policy.events';
export type { CachePolicyEvent, ImageSelector } from './cache-policy/cache-policy.events';
export { categories, isCategory } from './categories';
export type { Category, EventsOf } from './categories';
export { commitBytesMax, commitSchema } from './commit';
export type { StoredCommit } from './commit';
export { decodeEvent, defineCategory, encodeEvent, UnreadableEventError } from './contract';
export type { CategoryContract, EventOf, EventSpec, StoredEvent, Upcast } from './contract';
export { goldenFile } from './golden';
export { internalQuotaAnswerSchema, internalQuotaQuestionSchema } from './host/internal-quota';
export type { InternalQuotaAnswer, InternalQuotaQuestion } from './host/internal-quota';
export { manageableAnswerSchema, manageableErrorCodes, manageableRequestSchema } from './host/manageable';
export type { ManageableAnswer, ManageableRequest } from './host/manageable';
export {
  findingsToldMax,
  orphanStates,
  reconcileAnswerSchema,
  reconcileErrorCodes,
  reconcileReportSchema,
  reconcileRequestSchema,
} from './host/reconcile';
export type { ReconcileAnswer, ReconcileReport, ReconcileRequest } from './host/reconcile';
export { fillSourceKinds, fillSourceSchema, imageProofs, signatureStates } from './image/fill-evidence';
export type { FillEvidence, FillSource, SignatureState } from './image/fill-evidence';
export {
  arePropertiesStorable,
  imageIdentitySchema,
  isImageStorable,
  imagePropertiesBytesMax,
} from './image/image-identity';
export type { ImageIdentity } from './image/image-identity';
export {
  evictionPolicies,
  evictReasons,
  imageCacheContract,
  prefetchOutcomes,
  suspensionCauses,
} from './image-cache/image-cache.events';
export type {
  EvictionPolicy,
  EvictReason,
  ImageCacheEvent,
  PrefetchOutcome,
  SuspensionCause,
} from './image-cache/image-cache.events';
export { logPlaceSchema, logQuestionSchema, logStatuses, logVerdictSchema } from './log/log-verdict';
export type { LogPlace, LogQuestion, LogStatus, LogVerdict } from './log/log-verdict';
export { fillPhases, fillProgressSchema, progressKey } from './progress/fill-progress';
export type { FillPhase, FillProgress } from './progress/fill-progress';
export { refusalCodes } from './refusals';
export type { RefusalCode } from './refusals';
export {
  admissionModes,
  cacheSettingsSchema,
  defaultCacheRules,
  effectiveCacheSettings,
  imageAccessRules,
} from './service/cache-settings';
export type { AdmissionMode, CacheRules, CacheSettings, ImageAccessRule } from './service/cache-settings';
export { serviceContract } from './service/service.events';
export type { ServiceEvent } from './service/service.events';
export {
  categorySubject,
  downloadProgressKey,
  durables,
  eventSubject,
  factsSubject,
  fillProgressKey,
  fromSubjectToken,
  isServiceKey,
  inboxPrefixOf,
  internalQuotaSubject,
  jetstream,
  jetstreamApi,
  keySubject,
  liveEventSubject,
  logQuestionSubject,
  logSuspectSubject,
  manageableOfAnyHost,
  manageableSubject,
  nudgesOfHost,
  nudgeSubject,
  objectSubjects,
  passSubject,
  reconcileOfAnyHost,
  reconcileSubject,
  schedulerHost,
  serviceKey,
  serviceKeysOf,
  streamOfBucket,
  streamOfSubject,
  subjectToken,
  targetOfNudge,
} from './subjects';
export type { NudgeTarget, StreamName } from './subjects';
export { createDecisionSchema, isCacheable, outcomes, strategies, uncacheable } from './volume/create-decision';
export type { CreateDecision, Outcome, Strategy } from './volume/create-decision';
export { failureCodes, failureSchema } from './volume/failure';
export type { Failure, FailureCode } from './volume/failure';
export { attachModes } from './volume/attachment.events';
export type { AttachMode, Connection, Connector } from './volume/attachment.events';
export { volumeContract } from './volume/volume.events';
export type { VolumeEvent, VolumeSourceFacts } from './volume/volume.events';
export { volumeTypeSchema } from './volume/volume-type';
export type { EncryptionSpec, VolumeTypeFacts } from './volume/volume-type';
