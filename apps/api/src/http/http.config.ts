import { field } from '@hearth/platform';

/** How much of this process any client may use; what is beyond it is refused, and the limit is named. */
export const httpConfig = {
  connectionsMax: field
    .integer('connections that are open at once; beyond them whoever has waited longest without a request makes room', {
      min: 1,
      max: 100_000,
    })
    .default(2_000),
  requestsInFlightMax: field
    .integer(
      'requests that are worked on at once, health pages apart; what is beyond is answered with 503 and Retry-After',
      { min: 1, max: 100_000 },
    )
    .default(500),
  requestsInFlightPerProjectMax: field
    .integer('how many of them may be of one project, so that the others have their turn', { min: 1, max: 100_000 })
    .default(250),
  readsPerMinuteMax: field
    .integer(
      'GET requests of one project in a minute, at once or spread; what is beyond is answered with 413, shown by GET /limits; each ' +
        'process counts for itself; 0: no limit',
      { max: 10_000_000 },
    )
    .default(0),
  writesPerMinuteMax: field
    .integer('the same for POST, for PUT and for DELETE, each by itself; 0: no limit', { max: 10_000_000 })
    .default(0),
  bodyMaxBytes: field.integer('largest body of a request, in bytes', { min: 1_024 }).default(1_048_576),
  bodyDepthMax: field
    .integer('how deep objects and lists of a body may lie in each other', { min: 8, max: 500 })
    .default(64),
  urlMaxBytes: field.integer('longest path and query of a request, in bytes', { min: 512, max: 65_536 }).default(8_192),
  headersMaxBytes: field
    .integer('largest head of a request, its URL included, in bytes', { min: 1_024, max: 131_072 })
    .default(16_384),
  headersMax: field.integer('how many headers a request may have', { min: 10, max: 1_000 }).default(100),
  headersTimeoutMs: field
    .integer('how long a client may take to send the head of a request, in milliseconds', { min: 100 })
    .default(10_000),
  requestTimeoutMs: field
    .integer('how long a client may take to send a request, in milliseconds', { min: 100 })
    .default(30_000),
  answerTimeoutMs: field
    .integer('how long a client may take to read an answer, in milliseconds', { min: 100 })
    .default(60_000),
  keepAliveTimeoutMs: field
    .integer(
      'how long a connection without a request is kept, in milliseconds; longer than gateways keep theirs, so that they never write ' +
        'into one that was just closed',
      { min: 100 },
    )
    .default(75_000),
};

/** The values of `httpConfig`. */
export interface HttpLimits {
  readonly connectionsMax: number;
  readonly requestsInFlightMax: number;
  readonly requestsInFlightPerProjectMax: number;
  readonly readsPerMinuteMax: number;
  readonly writesPerMinuteMax: number;
  readonly bodyMaxBytes: number;
  readonly bodyDepthMax: number;
  readonly urlMaxBytes: number;
  readonly headersMaxBytes: number;
  readonly headersMax: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly answerTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
}
