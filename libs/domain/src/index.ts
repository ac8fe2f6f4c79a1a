export { cachePolicyDecider } from './cache-policy/cache-policy.decide';
export type { CachePolicy, CachePolicyCommand } from './cache-policy/cache-policy.decide';
export type { CachePolicyDefinition } from './cache-policy/policy-definition';
export { matchesPool } from './cache-policy/pool-pattern';
export { isOfPublicImages, selectImages } from './cache-policy/select-images';
export type { SelectableImage } from './cache-policy/select-images';
export { isExpired, isPastGrace, isResizedOnly, isUnused, unusedSeconds } from './eviction/ageing';
export type { AgeingRules } from './eviction/ageing';
export { priorityOf, refillSecondsOf } from './eviction/cost-aware';
export { cacheLimits, fitsCache, isOverLimits, partOf } from './eviction/limits';
export type { CacheLimits } from './eviction/limits';
export { order } from './eviction/policy';
export { planRoom, planShare, planTrim } from './eviction/room';
export type { Incoming } from './eviction/room';
export { owedChores } from './image-cache/chores';
export type { Chore, ChoreClock } from './image-cache/chores';
export { contentKey, possibleContentKeys, uploadKey } from './image-cache/content-key';
export type { ContentKeyRules } from './image-cache/content-key';
export { fillAttemptsMax, releasedAtOnceMax } from './image-cache/fill.decide';
export type {
  ClaimRequest,
  CommandOf,
  FillRequest,
  ImageCacheCommand,
  Verification,
} from './image-cache/image-cache.commands';
export { isStillOpenTo, mayUseCache } from './image-cache/image-access';
export { imageCacheDecider } from './image-cache/image-cache.decide';
export { decodeImageCache, encodeImageCache, imageCacheFingerprint } from './image-cache/image-cache.snapshot';
export {
  claimOf,
  emptyCache,
  entryOf,
  isEvictable,
  isIdle,
  isPinnedForAnother,
  isPinned,
  isQuarantined,
  liveEntriesOf,
  prefetchOf,
  servingEntry,
} from './image-cache/image-cache.state';
export type { CacheEntry, CacheUsage, Claim, ImageCache, Pin, Prefetch } from './image-cache/image-cache.state';
export { givenUpBy } from './image-cache/given-up';
export { planPrune } from './image-cache/prune.decide';
export type { Prunable } from './image-cache/prune.decide';
export { countedAtOnceMax } from './image-cache/reconcile.decide';
export { evictionsAtOnceMax } from './image-cache/retire.decide';
export { presentSignatureProperties, signatureProperties } from './image-cache/signature-properties';
export type { Act, PruneRule, StewardCommand } from './image-cache/steward.commands';
export { dueForVerification } from './image-cache/verify.decide';
export { meetsExtraSpecs } from './placement/filters/capabilities.filter';
export { place } from './placement/placement';
export type { Candidate, PlacementRequest } from './placement/candidate';
export type { Placement } from './placement/placement';
export { promisableGib } from './placement/room';
export { serviceDecider } from './service/service.decide';
export type { Service, ServiceCommand } from './service/service.decide';
export { isTransient, reschedules } from './volume/failure-rules';
export { legacyAttachmentOf } from './volume/legacy-attachment.decide';
export type { MetadataChange, SnapshotRequest, VolumeCommand } from './volume/volume.commands';
export { keyAlgorithmOf, keyBitsOf, luksFormatOf } from './volume/luks-format';
export type { LuksFormat } from './volume/luks-format';
export { volumeDecider } from './volume/volume.decide';
export { labelOf } from './volume/volume.label';
export { nextStep, owedSteps } from './volume/volume.next-step';
export type { HostStep, Step } from './volume/volume.next-step';
export { decodeVolume, encodeVolume } from './volume/volume.saved';
export { metadataKeysMax, placementAttemptsMax } from './volume/volume.state';
export type {
  Attachment,
  DeletingVolume,
  LiveVolume,
  ProvisionedVolume,
  Snapshot,
  Texts,
  Transfer,
  UploadFacts,
  Volume,
  VolumeDetails,
  VolumeRequest,
  VolumeWork,
} from './volume/volume.state';
export { differencesOf, isMultiattach } from './volume/volume-type.rules';
