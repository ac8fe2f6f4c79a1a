export { connectionConformance, driverConformance } from './driver-conformance';
export type { DriverUnderTest } from './driver-under-test';
