/** An entry that goes, and why. */
export interface RemovedEntry {
  readonly imageVolumeId: string;
  readonly pool: string;
  readonly generation: number;
  readonly imageId: string;
  readonly sizeGib: number;
  readonly reason: string;
}

/** What a removal came to in one pool; GiB and numbers of entries. */
export interface PoolRemoval {
  readonly pool: string;
  readonly entries: readonly RemovedEntry[];
  /** What it would still take. */
  readonly remaining: number;
  /** What was to go and did not: it came into use, or went by itself. */
  readonly skipped: number;
  readonly inUse: number;
  readonly pinned: number;
  readonly filling: number;
  readonly retiredCount: number;
  readonly retiredGib: number;
}

/** Entries that an answer lists; totals count all. */
const listedMax = 1_000;

/** What a clear, a prune or a clean did, or would do. */
export function cacheRemovalView(pools: readonly PoolRemoval[], { dryRun }: { readonly dryRun: boolean }) {
  const all = pools.flatMap(({ entries }) => entries);
  return {
    dry_run: dryRun,
    count: all.length,
    size_gib: gibOf(all),
    remaining: pools.reduce((sum, { remaining }) => sum + remaining, 0),
    skipped: pools.reduce((sum, { skipped }) => sum + skipped, 0),
    pools: pools.map((one) => ({
      pool: one.pool,
      count: one.entries.length,
      size_gib: gibOf(one.entries),
      remaining: one.remaining,
      in_use: one.inUse,
      pinned: one.pinned,
      filling: one.filling,
      retired_count: one.retiredCount,
      retired_gib: one.retiredGib,
    })),
    entries: all.slice(0, listedMax).map((entry) => ({
      id: entry.imageVolumeId,
      pool: entry.pool,
      generation: entry.generation,
      image_id: entry.imageId,
      size_gib: entry.sizeGib,
      reason: entry.reason,
    })),
  };
}

const gibOf = (entries: readonly RemovedEntry[]) => entries.reduce((sum, { sizeGib }) => sum + sizeGib, 0);
