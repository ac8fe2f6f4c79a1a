import type { Actor, CacheSettings } from '@hearth/contracts';
import { actorView } from './actor.view';
import { cacheSettingsView } from './cache-settings.view';

/** Something that happened to a pool's cache. */
export interface HistoryEventFields {
  readonly pool: string;
  readonly type: string;
  readonly at: string;
  readonly sequence: number;
  readonly ordinal: number;
  readonly generation: number | null;
  readonly imageId: string | null;
  readonly by: Actor | null;
  readonly requestId: string | null;
  readonly data: unknown;
}

export const historyEventView = (event: HistoryEventFields) => ({
  pool: event.pool,
  type: event.type,
  at: event.at,
  sequence: event.sequence,
  ordinal: event.ordinal,
  generation: event.generation,
  image_id: event.imageId,
  by: event.by && actorView(event.by),
  request_id: event.requestId,
  data: event.data,
});

/** What a pool's cache was at a moment. */
export interface CachePoolAtFields {
  readonly pool: string;
  readonly sizeGib: number;
  readonly fillingCount: number;
  readonly readyCount: number;
  readonly retiredGib: number;
  readonly retiredCount: number;
  readonly pinnedCount: number;
  readonly suspendedCount: number;
  readonly off: { readonly ready: string; readonly by: Actor } | null;
  readonly settings: CacheSettings | null;
}

export const cachePoolAtView = (pool: CachePoolAtFields) => ({
  pool: pool.pool,
  size_gib: pool.sizeGib,
  filling_count: pool.fillingCount,
  ready_count: pool.readyCount,
  retired_gib: pool.retiredGib,
  retired_count: pool.retiredCount,
  pinned_count: pool.pinnedCount,
  suspended_count: pool.suspendedCount,
  off: pool.off && { ready: pool.off.ready, by: actorView(pool.off.by) },
  settings: pool.settings && cacheSettingsView(pool.settings),
});

/** An entry as it was. */
export interface CacheEntryAtFields {
  readonly imageVolumeId: string;
  readonly pool: string;
  readonly generation: number;
  readonly imageId: string;
  readonly imageName: string | null;
  readonly content: string;
  readonly projectId: string | null;
  readonly status: string;
  readonly sizeGib: number;
  readonly suspended: string | null;
  readonly pinned: boolean;
  readonly since: string;
  readonly hits: number;
  readonly lastUsedAt: string | null;
}

export const cacheEntryAtView = (entry: CacheEntryAtFields) => ({
  id: entry.imageVolumeId,
  pool: entry.pool,
  generation: entry.generation,
  image_id: entry.imageId,
  image_name: entry.imageName,
  content: entry.content,
  project_id: entry.projectId,
  status: entry.status,
  size_gib: entry.sizeGib,
  suspended: entry.suspended,
  pinned: entry.pinned,
  since: entry.since,
  hits: entry.hits,
  last_used_at: entry.lastUsedAt,
});

interface EntryAspectFields {
  readonly status: string;
  readonly sizeGib: number;
  readonly suspended: string | null;
}

/** An entry that differs between two moments. */
export interface CacheChangeFields {
  readonly imageVolumeId: string;
  readonly pool: string;
  readonly generation: number;
  readonly imageId: string;
  readonly imageName: string | null;
  readonly before: EntryAspectFields | null;
  readonly after: EntryAspectFields | null;
}

export const cacheChangeView = (change: CacheChangeFields) => ({
  id: change.imageVolumeId,
  pool: change.pool,
  generation: change.generation,
  image_id: change.imageId,
  image_name: change.imageName,
  before: change.before && aspectView(change.before),
  after: change.after && aspectView(change.after),
});

function aspectView({ status, sizeGib, suspended }: EntryAspectFields) {
  return { status, size_gib: sizeGib, suspended };
}

/** What creates from images came to; bytes and seconds. */
export interface CacheStatisticsFields {
  readonly key: string | null;
  readonly hits: number;
  readonly joined: number;
  readonly misses: number;
  readonly bypasses: number;
  readonly failed: number;
  readonly bytesDownloaded: number;
  readonly bytesAsked: number;
  readonly bytesSaved: number;
  readonly seconds: number;
  readonly secondsAsked: number;
  readonly secondsSaved: number;
}

export function cacheStatisticsView(of: CacheStatisticsFields) {
  const asked = of.hits + of.joined + of.misses;
  return {
    key: of.key,
    requests: asked + of.bypasses + of.failed,
    hits: of.hits,
    joined: of.joined,
    misses: of.misses,
    bypasses: of.bypasses,
    failed: of.failed,
    hit_ratio:
      asked === 0
        ? null
        : {
            requests: (of.hits + of.joined) / asked,
            bytes: share(of.bytesSaved, of.bytesAsked),
            seconds: share(of.secondsSaved, of.secondsAsked),
          },
    bytes_downloaded: of.bytesDownloaded,
    bytes_saved: of.bytesSaved,
    seconds: of.seconds,
    seconds_saved: of.secondsSaved,
  };
}

const share = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);
