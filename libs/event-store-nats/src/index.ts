export { connectNats } from './connection';
export type { NatsOptions } from './connection';
export { ensureStreams, StreamMismatchError } from './ensure-streams';
export type { StreamOptions } from './ensure-streams';
export { JetStreamEventStore } from './jetstream.event-store';
export type { JetStreamEventStoreOptions } from './jetstream.event-store';
