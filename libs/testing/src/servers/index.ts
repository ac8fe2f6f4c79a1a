export {
  type DebianPackage,
  extractDebianPackage,
  extractDebianPackages,
  type ExtractOptions,
  installDebianPackage,
} from './debian-packages';
export { type MountedFilesystem, withFilesystem } from './filesystem';
export { findProgram, requireProgram } from './find-program';
export { findLaunched, lastLines, launch, type Launched, type LaunchOptions, type Notes } from './launch';
export { canSyncAlways, findNats, type NatsBinary, type NatsBinaryOptions } from './nats-binary';
export { findRunningNats, type NatsOptions, type RunningNats, startNats } from './nats.server';
export { anyFreePort, choosePort, isPortFree, type PortWish } from './ports';
export { findPostgres, type PostgresBinaries, type PostgresBinariesOptions } from './postgres-binaries';
export { removePostgresData } from './postgres-home';
export { findRunningPostgres, type PostgresOptions, type RunningPostgres, startPostgres } from './postgres.server';
export { ProgramFailed, runProgram, type RunOptions, type UnixUser } from './run-program';
export {
  type ThrowAway,
  type ThrowAwayNats,
  type ThrowAwayPostgres,
  throwAwayNats,
  throwAwayPostgres,
} from './throw-away';
export { findUser, isRoot, mayExecute } from './unix-user';
