export { DriverError } from './driver-error';
export type { DriverErrorCode } from './driver-error';
export { canClone, defineDriver } from './volume-driver';
export type {
  BackendObject,
  CloneCapable,
  CloneMethod,
  DriverCapabilities,
  DriverDefinition,
  DriverEnvironment,
  DriverLog,
  ObjectExtent,
  ObjectReader,
  ObjectRef,
  ObjectWriter,
  PoolCapacity,
  RunProgram,
  VolumeDriver,
} from './volume-driver';
