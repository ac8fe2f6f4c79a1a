export { eventStoreConformance, type StoreUnderTest } from './event-store.conformance';
export { newCommit, sampleContracts, streamNamed } from './sample-commits';
