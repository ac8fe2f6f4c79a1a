export { type RawFile, rawFileExtents, type RawFileExtentsOptions } from './file/data-extents';
export { killGroup, systemPath } from './process-group';
export { type DriverName, drivers, openDriver } from './registry';
export { ProgramError, programRunner, type ProgramRunnerOptions } from './run-program';
