import type { Outcome } from '@hearth/contracts';

/** One request for a volume from an image, and how the cache of its pool answered: what the advisor learns from. */
export interface CacheDecision {
  /** Milliseconds since 1970 in UTC. */
  readonly at: number;
  /** `host@backend#pool`. */
  readonly pool: string;
  /** Identity of the content: equal keys are served by one copy. */
  readonly key: string;
  /** Whose request it was; null where the source does not say. */
  readonly projectId: string | null;
  /** What happened: `joined` moved no bytes of its own and counts as a hit. */
  readonly outcome: Outcome;
  /** GiB of a copy of the content: whole, at least 1. */
  readonly sizeGib: number;
  /** Bytes that are downloaded when there is no copy. */
  readonly bytes: number;
  /** How long making the copy takes, or would take. */
  readonly refillSeconds: number;
}

/** A decision that cannot be: the message names which one, from 0, and its field. */
export class UnusableDecisionError extends Error {
  constructor(index: number, field: keyof CacheDecision, value: unknown, wanted: string) {
    super(`decision ${index}: ${field} is ${String(value)}; it must be ${wanted}`);
    this.name = 'UnusableDecisionError';
  }
}

/** Throws `UnusableDecisionError`. */
export function checkDecision(decision: CacheDecision, index: number): void {
  const { at, key, pool, sizeGib, bytes, refillSeconds } = decision;
  const refuse = (field: keyof CacheDecision, wanted: string): never => {
    throw new UnusableDecisionError(index, field, decision[field], wanted);
  };
  if (!Number.isFinite(at)) refuse('at', 'a time in milliseconds');
  if (pool === '') refuse('pool', 'the name of a pool');
  if (key === '') refuse('key', 'the identity of a content');
  if (!Number.isInteger(sizeGib) || sizeGib < 1 || sizeGib > sizeGibMax) refuse('sizeGib', 'whole GiB, at least 1');
  if (!Number.isFinite(bytes) || bytes < 0) refuse('bytes', 'a number of bytes, at least 0');
  if (!Number.isFinite(refillSeconds) || refillSeconds < 0) refuse('refillSeconds', 'seconds, at least 0');
}

/** Larger than any volume. Sums of a million of them are exact. */
const sizeGibMax = 2 ** 31 - 1;
