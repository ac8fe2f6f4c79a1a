import { cacheClaimsTable, type CacheClaimRow } from '../tables/cache-claims.table';
import { cacheEntriesTable, type CacheEntryRow } from '../tables/cache-entries.table';
import { cachePoolsTable, type CachePoolRow } from '../tables/cache-pools.table';
import { cacheUsesTable, type CacheUseRow } from '../tables/cache-uses.table';
import { projectUsageTable, type ProjectUsageRow } from '../tables/project-usage.table';
import type { AnyTable } from '../tables/table';
import { volumesTable, type VolumeRow } from '../tables/volumes.table';
import { imageVolumeAfter } from './image-volume.derive';
import { poolAfter } from './pool-content.derive';
import { usageAfter } from './project-usage.derive';
import { RowSet } from './row-set';

/** A row set whose kind of rows does not matter. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- loaded and written by its table's names alone
export type AnyRowSet = RowSet<any, any>;

/** The rows of all tables that come from facts, with the rows that are derived from other rows kept in step. */
export class FactRows {
  readonly volumes: RowSet<VolumeRow, 'id'>;
  readonly cacheEntries: RowSet<CacheEntryRow, 'pool' | 'generation'>;
  readonly cacheClaims: RowSet<CacheClaimRow, 'volumeId' | 'pool'>;
  readonly cacheUses: RowSet<CacheUseRow, 'volumeId' | 'pool'>;
  readonly cachePools: RowSet<CachePoolRow, 'pool'>;
  readonly projectUsage: RowSet<ProjectUsageRow, 'projectId'>;
  /** Volumes whose first fact is in the rows now: what was reserved for them is to be given back. */
  private readonly requested = new Set<string>();

  /** `whole`: the tables are empty, so that nothing needs to be loaded. */
  constructor({ whole }: { readonly whole: boolean }) {
    this.volumes = new RowSet(volumesTable, whole);
    this.cacheEntries = new RowSet(cacheEntriesTable, whole);
    this.cacheClaims = new RowSet(cacheClaimsTable, whole);
    this.cacheUses = new RowSet(cacheUsesTable, whole);
    this.cachePools = new RowSet(cachePoolsTable, whole);
    this.projectUsage = new RowSet(projectUsageTable, whole);
    this.volumes.observe((before, after) => this.accountFor(before, after));
    this.cacheEntries.observe((before, after) => this.followEntry(before, after));
  }

  get sets(): readonly AnyRowSet[] {
    return [this.volumes, this.cacheEntries, this.cacheClaims, this.cacheUses, this.cachePools, this.projectUsage];
  }

  get changes(): number {
    return this.sets.reduce((sum, set) => sum + set.changes, 0);
  }

  /** The row set of a table. */
  of(table: AnyTable): AnyRowSet {
    return this.sets.find((set) => set.table === table)!;
  }

  noteRequested(volumeId: string): void {
    this.requested.add(volumeId);
  }

  takeRequested(): readonly string[] {
    const volumeIds = [...this.requested];
    this.requested.clear();
    return volumeIds;
  }

  private accountFor(before: VolumeRow | undefined, after: VolumeRow): void {
    const { projectId } = after;
    const usage = this.projectUsage.get({ projectId });
    const moved = usageAfter(usage ?? { projectId, volumes: 0, gigabytes: 0 }, before, after);
    if (moved) this.projectUsage.put(moved);
  }

  private followEntry(before: CacheEntryRow | undefined, after: CacheEntryRow): void {
    if (before?.status === after.status && before.sizeGib === after.sizeGib) return;
    this.volumes.put(imageVolumeAfter(after));
    const pool = this.cachePools.get({ pool: after.pool });
    this.cachePools.put(poolAfter(pool, before, after));
  }
}
