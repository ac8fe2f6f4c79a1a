export { configurationFaults } from './configuration.fault';
export type { Configured } from './configuration.fault';
export { defaultTypeView, parseSetDefaultType } from './default-type';
export type { DefaultTypeFields } from './default-type';
export { parseCreateSpecs, parseUpdateSpec, refuseCacheableMultiattach } from './extra-specs.request';
export { parseListTypes } from './list-types.query';
export type { ListTypesQuery, TypeFilters } from './list-types.query';
export { projectOfAccess, typeAccessView } from './type-access';
export {
  createdEncryptionView,
  parseCreateEncryption,
  parseUpdateEncryption,
  typeEncryptionView,
} from './type-encryption';
export type { SentEncryption, TypeEncryptionFields } from './type-encryption';
export { parseCreateType, parseUpdateType } from './volume-type.request';
export type { CreateTypeRequest, UpdateTypeRequest } from './volume-type.request';
export {
  changedVolumeTypeView,
  createdVolumeTypeView,
  visibleSpecs,
  volumeTypeList,
  volumeTypeView,
} from './volume-type.view';
export type { TypeSight, VolumeTypeFields, VolumeTypePageFields } from './volume-type.view';
