export { parseCacheEntries } from './cache/cache-entries.query';
export type { CacheEntriesQuery } from './cache/cache-entries.query';
export { cacheEntryView } from './cache/cache-entry.view';
export type { CacheEntryFields } from './cache/cache-entry.view';
export { cachePoolView } from './cache/cache-pool.view';
export type { CachePoolFields } from './cache/cache-pool.view';
export {
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
export { openApiDocument } from './openapi/document';
export { policies } from './policy/policies';
export type { Policy } from './policy/policies';
export { allows } from './policy/rule';
export type { Bearer, Rule } from './policy/rule';
export type { ProgressFields } from './progress.view';
export { overQuotaFault } from './quota.fault';
export { faultOfRefusal } from './refusal.fault';
export { globalRequestId, requestIdHeaders, requestIdOf } from './request-id';
export { pathsOf, routeOf, routes } from './routes';
export type { Operation } from './routes';
export type { AbsentRoute, Action, Method, Parity, Route } from './routes/route';
export { healthcheckView, versionsView } from './versions/versions.view';
export { parseCreateVolume } from './volumes/create-volume.request';
export type { CreateVolumeRequest, VolumeSource } from './volumes/create-volume.request';
export { explanationView } from './volumes/explanation.view';
export type { ExplainedVolume, ExplanationFields } from './volumes/explanation.fields';
export { parseListVolumes } from './volumes/list-volumes.query';
export type { ListVolumesQuery } from './volumes/list-volumes.query';
export { volumeList } from './volumes/volume-list.view';
export type { VolumePageFields } from './volumes/volume-list.view';
export { createdVolume, volumeDetail } from './volumes/volume.view';
export type { ViewContext, VolumeFields } from './volumes/volume.view';
