import type {
  cacheChangeView,
  cacheEntryAtView,
  cacheEntryView,
  cachePinView,
  cachePolicyView,
  cachePoolAtView,
  cachePoolDetail,
  cachePoolView,
  cachePrefetchView,
  cacheRemovalView,
  cacheStatisticsView,
  entryUserView,
  historyEventView,
} from '@hearth/cinder-v3';

// What the cache API answers, by the views that make it.
export type Entry = ReturnType<typeof cacheEntryView>;
export type EntryUser = ReturnType<typeof entryUserView>;
export type Pool = ReturnType<typeof cachePoolView>;
export type PoolDetail = ReturnType<typeof cachePoolDetail>['pool'];
export type Pin = ReturnType<typeof cachePinView>;
export type Policy = ReturnType<typeof cachePolicyView>;
export type Removal = ReturnType<typeof cacheRemovalView>;
export type HistoryEvent = ReturnType<typeof historyEventView>;
export type PoolAt = ReturnType<typeof cachePoolAtView>;
export type EntryAt = ReturnType<typeof cacheEntryAtView>;
export type Change = ReturnType<typeof cacheChangeView>;
export type Statistics = ReturnType<typeof cacheStatisticsView>;
export type Settings = NonNullable<Pool['settings']>;

/** One that was skipped has no id, and nobody asked for it. */
export type Prefetch = Omit<ReturnType<typeof cachePrefetchView>, 'id' | 'requested_by' | 'requested_at'> & {
  readonly id: string | null;
  readonly requested_by: ReturnType<typeof cachePrefetchView>['requested_by'] | null;
  readonly requested_at: string | null;
};

export interface CachedImage {
  readonly id: string;
  readonly entries: readonly Entry[];
  readonly pins: readonly Pin[];
  readonly prefetches: readonly Prefetch[];
}

export interface Pass {
  readonly pass: string;
  readonly status: string;
  readonly detail: unknown;
}

type Actor = NonNullable<Entry['retired_by']>;

/** `user ann of project p1`, or `policy 6c8e…`; `-` for nobody. */
export function actorText(actor: Actor | null): string {
  if (!actor) return '-';
  return 'policy_id' in actor ? `policy ${actor.policy_id}` : `user ${actor.user_id} of project ${actor.project_id}`;
}
