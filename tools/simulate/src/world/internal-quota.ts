import type { InternalQuotaAnswer, InternalQuotaQuestion } from '@hearth/contracts';
import type { ImageCache } from '@hearth/domain';

/** What the internal project may have; null is any number. */
export interface QuotaLimits {
  readonly volumes: number | null;
  readonly gigabytes: number | null;
}

export const unlimited: QuotaLimits = { volumes: null, gigabytes: null };

/** The quotas of the internal project, as an api tells them to hosts. */
export class InternalQuota {
  limits: QuotaLimits = unlimited;
  /** Answers that there is room, by host: each admits one image-volume. */
  private readonly admitted = new Map<string, number>();
  /** Whether anybody was ever told that there is none. */
  wasOver = false;

  constructor(private readonly caches: () => Iterable<ImageCache>) {}

  ask(host: string, { sizeGib }: InternalQuotaQuestion): InternalQuotaAnswer {
    const inUse = this.usage();
    const wanted = { volumes: 1, gigabytes: sizeGib };
    for (const resource of ['volumes', 'gigabytes'] as const) {
      const limit = this.limits[resource];
      if (limit === null || inUse[resource] + wanted[resource] <= limit) continue;
      this.wasOver = true;
      return { verdict: 'over', resource, limit, inUse: inUse[resource] };
    }
    this.admitted.set(host, (this.admitted.get(host) ?? 0) + 1);
    return { verdict: 'within' };
  }

  /** A host begins an image-volume; false where it was not told that there is room for one. */
  take(host: string): boolean {
    const left = this.admitted.get(host) ?? 0;
    this.admitted.set(host, Math.max(0, left - 1));
    return left > 0;
  }

  private usage(): { volumes: number; gigabytes: number } {
    const there = [...this.caches()].flatMap(({ entries }) => [...entries.values()].filter(({ reaped }) => !reaped));
    return { volumes: there.length, gigabytes: there.reduce((sum, { sizeGib }) => sum + sizeGib, 0) };
  }
}
