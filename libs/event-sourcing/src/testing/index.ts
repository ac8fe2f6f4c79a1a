export { eventStoreConformance, type StoreUnderTest } from './event-store.conformance';
export { newCommit, sampleContracts, streamNamed } from './sample-commits';
export { unreliableStore, type AppendFate } from './unreliable.event-store';
