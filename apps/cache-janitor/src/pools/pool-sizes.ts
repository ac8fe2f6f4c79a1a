import type { PoolReport } from '@hearth/contracts';
import type { LiveHosts } from '@hearth/event-sourcing';

/** A pool that has less than this part of what it had is rather not there: a share that is not mounted shows the disk below it. */
const doubtfulPart = 0.5;
/** Milliseconds for which it has to be so small before that is believed. */
const doubtedForMs = 600_000;

interface Known {
  readonly totalGib: number;
  /** Since when it is reported to be so much smaller. */
  readonly doubtedSinceMs: number | undefined;
}

/**
 * How large pools are, in GiB, as far as that is believed: a limit in percent of one that has shrunk at once by more than half would give
 * up entries that nobody can get back.
 */
export class PoolSizes {
  private readonly known = new Map<string, Known>();

  /** The reports with the sizes that are believed; `nowMs` is the time of the reports. */
  believed(live: LiveHosts, nowMs: number): LiveHosts {
    return new Map(
      [...live].map(([host, report]) => {
        const pools = report.pools.map((pool) => ({ ...pool, totalGib: this.sizeOf(pool, nowMs) }));
        return [host, { ...report, pools }] as const;
      }),
    );
  }

  private sizeOf({ pool, totalGib }: PoolReport, nowMs: number): number {
    const known = this.known.get(pool);
    const isDoubtful = known !== undefined && totalGib < known.totalGib * doubtfulPart;
    const doubtedSinceMs = isDoubtful ? (known.doubtedSinceMs ?? nowMs) : undefined;
    if (doubtedSinceMs === undefined || nowMs - doubtedSinceMs >= doubtedForMs) {
      this.known.set(pool, { totalGib, doubtedSinceMs: undefined });
      return totalGib;
    }
    this.known.set(pool, { totalGib: known!.totalGib, doubtedSinceMs });
    return known!.totalGib;
  }
}
