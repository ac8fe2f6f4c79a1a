import type { HttpAnswer } from '../fault';

/** How often requests with a verb are taken: this many within a minute, wherever they go. */
export interface RateLimit {
  readonly verb: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly value: number;
}

/** A limit, and what of it is left. */
export interface RateUsage extends RateLimit {
  /** Requests that would be taken now. */
  readonly remaining: number;
  /** When the next one will be. */
  readonly nextAvailable: Date;
}

/** A request that is one too many. */
export class RateLimitedError extends Error {
  constructor(
    readonly limit: RateLimit,
    readonly retryAfterSeconds: number,
  ) {
    super('This request was rate-limited.');
    this.name = 'RateLimitedError';
  }
}

/** As Cinder's middleware for rate limits answers: a key of its own, and which limit it was. */
export function rateLimitedAnswer({ message, limit, retryAfterSeconds }: RateLimitedError): HttpAnswer {
  const details = `Only ${limit.value} ${limit.verb} request(s) can be made to * every MINUTE.`;
  return {
    status: 413,
    headers: { 'Retry-After': String(retryAfterSeconds) },
    body: { overLimitFault: { code: 413, message, details } },
  };
}

/** `rate` of `GET /limits`: all limits are for every path. */
export function ratesView(usages: readonly RateUsage[]) {
  if (usages.length === 0) return [];
  const limit = usages.map(({ verb, value, remaining, nextAvailable }) => ({
    verb,
    value,
    remaining,
    unit: 'MINUTE',
    'next-available': nextAvailable.toISOString().replace('Z', '000'),
  }));
  return [{ uri: '*', regex: '.*', limit }];
}
