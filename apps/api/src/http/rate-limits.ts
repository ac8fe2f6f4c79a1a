import { RateLimitedError, type RateUsage } from '@hearth/cinder-v3';
import type { Clock } from '@hearth/kernel';
import type { HttpLimits } from './http.config';

const minuteMs = 60_000;
/** What is remembered at most; whoever has a full bucket is not. */
const bucketsMax = 50_000;

type Verb = RateUsage['verb'];

export type RateOptions = Pick<HttpLimits, 'readsPerMinuteMax' | 'writesPerMinuteMax'>;

/**
 * How often a project may ask, by verb as in Cinder's limits. A bucket holds the requests of a minute and fills evenly. Of each bucket
 * only the moment is kept at which it is full again: one that is full takes no memory.
 */
export class RateLimits {
  private readonly fullAtMs = new Map<string, number>();
  private readonly perMinute: ReadonlyMap<Verb, number>;

  constructor(
    { readsPerMinuteMax, writesPerMinuteMax }: RateOptions,
    private readonly clock: Clock,
    private readonly refused: (reason: 'rate') => void = () => undefined,
  ) {
    const limits: readonly (readonly [Verb, number])[] = [
      ['GET', readsPerMinuteMax],
      ['POST', writesPerMinuteMax],
      ['PUT', writesPerMinuteMax],
      ['DELETE', writesPerMinuteMax],
    ];
    this.perMinute = new Map(limits.filter(([, value]) => value > 0));
  }

  /** Counts a request. Throws `RateLimitedError` where it is one too many; it is then not counted. */
  take(projectId: string, method: string): void {
    const verb = verbOf(method);
    const value = verb && this.perMinute.get(verb);
    if (!verb || !value) return;
    const key = `${verb} ${projectId}`;
    const nowMs = this.clock.now();
    const fullAtMs = nowMs + this.missingMs(key, nowMs) + minuteMs / value;
    const waitMs = fullAtMs - nowMs - minuteMs;
    // Sums of thirds of a second are off by less than this.
    if (waitMs > 0.001) {
      this.refused('rate');
      throw new RateLimitedError({ verb, value }, Math.ceil(waitMs / 1_000));
    }
    this.remember(key, fullAtMs, nowMs);
  }

  /** What the project may still ask; nothing where nothing is limited. */
  usage(projectId: string): readonly RateUsage[] {
    const nowMs = this.clock.now();
    return [...this.perMinute].map(([verb, value]) => {
      const missingMs = this.missingMs(`${verb} ${projectId}`, nowMs);
      const remaining = Math.floor((minuteMs - missingMs) / (minuteMs / value) + 0.001);
      const waitMs = remaining > 0 ? 0 : missingMs + minuteMs / value - minuteMs;
      return { verb, value, remaining, nextAvailable: new Date(nowMs + waitMs) };
    });
  }

  /** How long a bucket takes until it is full: a minute at most. One that seems to take longer was filled before the clock was set back. */
  private missingMs(key: string, nowMs: number): number {
    const missingMs = Math.max((this.fullAtMs.get(key) ?? nowMs) - nowMs, 0);
    if (missingMs <= minuteMs) return missingMs;
    this.fullAtMs.set(key, nowMs + minuteMs);
    return minuteMs;
  }

  private remember(key: string, fullAtMs: number, nowMs: number): void {
    this.fullAtMs.set(key, fullAtMs);
    if (this.fullAtMs.size <= bucketsMax) return;
    for (const [other, ms] of this.fullAtMs) if (ms <= nowMs) this.fullAtMs.delete(other);
    // So many at once: who came first is let off.
    for (const other of this.fullAtMs.keys()) {
      if (this.fullAtMs.size <= bucketsMax / 2) break;
      this.fullAtMs.delete(other);
    }
  }
}

function verbOf(method: string): Verb | undefined {
  switch (method) {
    case 'GET':
    case 'HEAD':
      return 'GET';
    case 'POST':
    case 'PUT':
    case 'DELETE':
      return method;
    case 'PATCH':
      return 'PUT';
    default:
      return undefined;
  }
}
