export { owedChores } from './image-cache/chores';
export type { Chore } from './image-cache/chores';
export { contentKey, possibleContentKeys, uploadKey } from './image-cache/content-key';
export type { ContentKeyRules } from './image-cache/content-key';
export { fitsCache, planEviction, planTrim } from './image-cache/eviction';
export type { CacheLimits, CacheUsage, Evictable } from './image-cache/eviction';
export { fillAttemptsMax, releasedAtOnceMax } from './image-cache/fill.decide';
export type { FillRequest, ImageCacheCommand, Verification } from './image-cache/image-cache.commands';
export { imageCacheDecider } from './image-cache/image-cache.decide';
export { decodeImageCache, encodeImageCache, imageCacheFingerprint } from './image-cache/image-cache.snapshot';
export { claimOf, emptyCache, entryOf, isQuarantined, servingEntry } from './image-cache/image-cache.state';
export type { CacheEntry, Claim, ImageCache } from './image-cache/image-cache.state';
export { presentSignatureProperties, signatureProperties } from './image-cache/signature-properties';
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
