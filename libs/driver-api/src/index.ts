export { canClone } from './clone-capable';
export type { CloneCapable } from './clone-capable';
export { canConnect } from './connect-capable';
export type { ConnectCapable, ConnectionInfo, Connector } from './connect-capable';
export { defineDriver } from './driver-definition';
export type { DriverDefinition, DriverEnvironment, DriverLog, RunProgram } from './driver-definition';
export { DriverError } from './driver-error';
export type { DriverErrorCode } from './driver-error';
export { canCloneImages, imageUnfitReasons } from './image-clone-capable';
export type { ImageCloneCapable, ImageCloned, ImageUnfit, OpenImage, PlaceOfImage } from './image-clone-capable';
export { canManage } from './manage-capable';
export type { AdoptedObject, ManageableObject, ManageCapable } from './manage-capable';
export type { ObjectExtent, ObjectReader, ObjectWriter } from './object-io';
export { canSnapshot } from './snapshot-capable';
export type { BackendSnapshot, SnapshotCapable, SnapshotRef } from './snapshot-capable';
export type {
  BackendObject,
  CloneMethod,
  DriverCapabilities,
  ObjectRef,
  PoolCapacity,
  VolumeDriver,
} from './volume-driver';
