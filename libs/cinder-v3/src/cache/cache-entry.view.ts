import { type ProgressFields, progressView } from '../progress.view';

/** What a view needs of a cache entry: GiB, bytes, milliseconds; instants in ISO 8601. */
export interface CacheEntryFields {
  readonly pool: string;
  readonly generation: number;
  readonly content: string;
  readonly imageId: string;
  readonly imageName: string | null;
  readonly imageVolumeId: string;
  readonly sizeGib: number;
  readonly status: string;
  readonly retireReason: string | null;
  readonly failure: { readonly code: string; readonly reason: string } | null;
  readonly digest: string | null;
  readonly verifiedBy: string | null;
  readonly bytesDownloaded: number;
  readonly bytesWritten: number;
  readonly durationsMs: Readonly<Record<string, number>>;
  readonly hits: number;
  readonly lastUsedAt: string;
  readonly createdAt: string;
  readonly readyAt: string | null;
  readonly retiredAt: string | null;
  /** Creates in progress that need the entry, and those of them whose clone may be running. */
  readonly claims: number;
  readonly leases: number;
  /** While it is filled. */
  readonly progress?: ProgressFields;
}

/** One copy of an image in a pool, as `GET /v3/cache/entries` lists it. */
export function cacheEntryView(entry: CacheEntryFields) {
  return {
    pool: entry.pool,
    generation: entry.generation,
    status: entry.status,
    progress: entry.progress ? progressView(entry.progress) : null,
    retire_reason: entry.retireReason,
    failure: entry.failure && { code: entry.failure.code, reason: entry.failure.reason },
    image_id: entry.imageId,
    image_name: entry.imageName,
    content: entry.content,
    image_volume_id: entry.imageVolumeId,
    size_gib: entry.sizeGib,
    digest: entry.digest,
    verified_by: entry.verifiedBy,
    hits: entry.hits,
    claims: entry.claims,
    leases: entry.leases,
    bytes_downloaded: entry.bytesDownloaded,
    bytes_written: entry.bytesWritten,
    durations_ms: entry.durationsMs,
    created_at: entry.createdAt,
    ready_at: entry.readyAt,
    last_used_at: entry.lastUsedAt,
    retired_at: entry.retiredAt,
  };
}
