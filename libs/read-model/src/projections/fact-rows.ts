import { attachmentsTable, type AttachmentRow } from '../tables/attachments.table';
import { cacheClaimsTable, type CacheClaimRow } from '../tables/cache-claims.table';
import { cacheDecisionsTable, type CacheDecisionRow } from '../tables/cache-decisions.table';
import { cacheEntriesTable, type CacheEntryRow } from '../tables/cache-entries.table';
import { cacheEntryStatesTable, type CacheEntryStateRow } from '../tables/cache-entry-states.table';
import { cacheEventsTable, type CacheEventRow } from '../tables/cache-events.table';
import { cachePinsTable, type CachePinRow } from '../tables/cache-pins.table';
import { cachePoliciesTable, type CachePolicyRow } from '../tables/cache-policies.table';
import { cachePoolsTable, type CachePoolRow } from '../tables/cache-pools.table';
import { cachePrefetchesTable, type CachePrefetchRow } from '../tables/cache-prefetches.table';
import { cacheUsesTable, type CacheUseRow } from '../tables/cache-uses.table';
import { logClockTable, type LogClockRow } from '../tables/log-clock.table';
import { messagesTable, type MessageRow } from '../tables/messages.table';
import {
  projectTypeUsageTable,
  projectUsageTable,
  type ProjectTypeUsageRow,
  type ProjectUsageRow,
} from '../tables/project-usage.table';
import { servicesTable, type ServiceRow } from '../tables/services.table';
import { snapshotsTable, type SnapshotRow } from '../tables/snapshots.table';
import type { AnyTable } from '../tables/table';
import { transfersTable, type TransferRow } from '../tables/transfers.table';
import { volumesTable, type VolumeRow } from '../tables/volumes.table';
import { attachmentChanges } from './attachment-rows.derive';
import { imageVolumeAfter } from './image-volume.derive';
import { poolAfter } from './pool-content.derive';
import { RowSet } from './row-set';
import { countedSnapshot, countedVolume, noUsage, plus, usageSteps, type Counted } from './usage.derive';
import { followUse } from './used-by.derive';

/** A row set whose kind of rows does not matter. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- loaded and written by its table's names alone
export type AnyRowSet = RowSet<any, any>;

/** The rows of all tables that come from facts, with the rows that are derived from other rows kept in step. */
export class FactRows {
  readonly volumes: RowSet<VolumeRow, 'id'>;
  readonly snapshots: RowSet<SnapshotRow, 'id'>;
  readonly attachments: RowSet<AttachmentRow, 'id'>;
  readonly transfers: RowSet<TransferRow, 'id'>;
  readonly messages: RowSet<MessageRow, 'id'>;
  readonly cacheEntries: RowSet<CacheEntryRow, 'pool' | 'generation'>;
  readonly cacheClaims: RowSet<CacheClaimRow, 'volumeId' | 'pool'>;
  readonly cacheUses: RowSet<CacheUseRow, 'pool' | 'sequence' | 'ordinal'>;
  readonly cachePools: RowSet<CachePoolRow, 'pool'>;
  readonly cacheEntryStates: RowSet<CacheEntryStateRow, 'pool' | 'generation' | 'sequence'>;
  readonly cacheEvents: RowSet<CacheEventRow, 'pool' | 'sequence' | 'ordinal'>;
  readonly cachePins: RowSet<CachePinRow, 'pool' | 'imageId'>;
  readonly cachePrefetches: RowSet<CachePrefetchRow, 'id'>;
  readonly cachePolicies: RowSet<CachePolicyRow, 'id'>;
  readonly cacheDecisions: RowSet<CacheDecisionRow, 'volumeId'>;
  readonly services: RowSet<ServiceRow, 'service'>;
  readonly projectUsage: RowSet<ProjectUsageRow, 'projectId'>;
  readonly projectTypeUsage: RowSet<ProjectTypeUsageRow, 'projectId' | 'volumeTypeId'>;
  readonly logClock: RowSet<LogClockRow, 'name'>;
  readonly sets: readonly AnyRowSet[];
  /** Reservations of quota whose room is in the rows now: they are to be given back. */
  private readonly fulfilled = new Set<string>();

  /** `whole`: the tables are empty, so that nothing needs to be loaded. */
  constructor({ whole }: { readonly whole: boolean }) {
    this.volumes = new RowSet(volumesTable, whole);
    this.snapshots = new RowSet(snapshotsTable, whole);
    this.attachments = new RowSet(attachmentsTable, whole);
    this.transfers = new RowSet(transfersTable, whole);
    this.messages = new RowSet(messagesTable, whole);
    this.cacheEntries = new RowSet(cacheEntriesTable, whole);
    this.cacheClaims = new RowSet(cacheClaimsTable, whole);
    this.cacheUses = new RowSet(cacheUsesTable, whole);
    this.cachePools = new RowSet(cachePoolsTable, whole);
    this.cacheEntryStates = new RowSet(cacheEntryStatesTable, whole);
    this.cacheEvents = new RowSet(cacheEventsTable, whole);
    this.cachePins = new RowSet(cachePinsTable, whole);
    this.cachePrefetches = new RowSet(cachePrefetchesTable, whole);
    this.cachePolicies = new RowSet(cachePoliciesTable, whole);
    this.cacheDecisions = new RowSet(cacheDecisionsTable, whole);
    this.services = new RowSet(servicesTable, whole);
    this.projectUsage = new RowSet(projectUsageTable, whole);
    this.projectTypeUsage = new RowSet(projectTypeUsageTable, whole);
    this.logClock = new RowSet(logClockTable, whole);
    this.sets = Object.values(this).filter((field) => field instanceof RowSet);
    this.volumes.observe((before, after) => this.followVolume(before, after));
    this.snapshots.observe((before, after) => this.account(countedSnapshot(before), countedSnapshot(after)));
    this.cacheEntries.observe((before, after) => this.followEntry(before, after));
  }

  get changes(): number {
    return this.sets.reduce((sum, set) => sum + set.changes, 0);
  }

  /** The row set of a table. */
  of(table: AnyTable): AnyRowSet {
    return this.sets.find((set) => set.table === table)!;
  }

  /** Says that the room that was reserved under this key is taken up. */
  noteFulfilled(reservationKey: string): void {
    this.fulfilled.add(reservationKey);
  }

  takeFulfilled(): readonly string[] {
    const keys = [...this.fulfilled];
    this.fulfilled.clear();
    return keys;
  }

  private followVolume(before: VolumeRow | undefined, after: VolumeRow): void {
    this.account(countedVolume(before), countedVolume(after));
    followUse(this.cacheEntries, before, after);
    const { put, removed } = attachmentChanges(before, after);
    for (const id of removed) this.attachments.remove({ id });
    for (const row of put) this.attachments.put(row);
  }

  private account(before: Counted | undefined, after: Counted | undefined): void {
    for (const { projectId, volumeTypeId, usage } of usageSteps(before, after)) {
      const ofProject = this.projectUsage.get({ projectId }) ?? noUsage;
      this.projectUsage.put({ projectId, ...plus(ofProject, usage) });
      if (volumeTypeId === null) continue;
      const ofType = this.projectTypeUsage.get({ projectId, volumeTypeId }) ?? noUsage;
      this.projectTypeUsage.put({ projectId, volumeTypeId, ...plus(ofType, usage) });
    }
  }

  private followEntry(before: CacheEntryRow | undefined, after: CacheEntryRow): void {
    if (before?.status === after.status && before.sizeGib === after.sizeGib) return;
    this.volumes.put(imageVolumeAfter(after));
    const pool = this.cachePools.get({ pool: after.pool });
    this.cachePools.put(poolAfter(pool, before, after));
  }
}
