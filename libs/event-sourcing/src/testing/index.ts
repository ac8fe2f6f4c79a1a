export { eventStoreConformance } from './event-store.conformance';
export { newCommit, sampleContracts, streamNamed } from './sample-commits';
export type { StoreUnderTest } from './store-under-test';
export { unreliableStore, type AppendFate } from './unreliable.event-store';
