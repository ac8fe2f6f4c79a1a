import type { Actor } from '@hearth/contracts';
import { type ProgressFields, progressView } from '../progress.view';
import { actorView } from './actor.view';

/** Where a copy's bytes came from. */
interface CacheSourceFields {
  readonly kind: string;
  readonly host: string | null;
  readonly declined: readonly { readonly host: string; readonly reason: string }[];
}

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
  readonly retiredBy: Actor | null;
  readonly retirePolicy: string | null;
  readonly suspended: string | null;
  readonly suspendedAt: string | null;
  readonly pinned: boolean;
  readonly projectId: string | null;
  readonly prefetchId: string | null;
  readonly successorOf: number | null;
  readonly failure: { readonly code: string; readonly reason: string } | null;
  readonly digest: string | null;
  readonly verifiedBy: string | null;
  readonly contentDigest: string | null;
  readonly signature: string | null;
  readonly ignoredChecks: readonly string[] | null;
  readonly source: CacheSourceFields | null;
  readonly verifiedAt: string | null;
  readonly corruption: { readonly expectedDigest: string; readonly foundDigest: string; readonly at: string } | null;
  readonly bytesDownloaded: number;
  readonly bytesWritten: number;
  readonly durationsMs: Readonly<Record<string, number>>;
  readonly hits: number;
  readonly usedBy: number;
  readonly dependants: number | null;
  readonly dependantsAt: string | null;
  readonly lastUsedAt: string;
  readonly createdAt: string;
  readonly readyAt: string | null;
  readonly retiredAt: string | null;
  readonly reapedAt: string | null;
  /** Creates in progress that need the entry, and those of them whose clone may be running. */
  readonly claims: number;
  readonly leases: number;
  /** While it is filled. */
  readonly progress?: ProgressFields;
}

/** One copy of an image in a pool, as `GET /v3/cache/entries` lists it. */
export function cacheEntryView(entry: CacheEntryFields) {
  return {
    id: entry.imageVolumeId,
    pool: entry.pool,
    generation: entry.generation,
    status: entry.status,
    progress: entry.progress ? progressView(entry.progress) : null,
    retire_reason: entry.retireReason,
    retired_by: entry.retiredBy && actorView(entry.retiredBy),
    retire_policy: entry.retirePolicy,
    suspended: entry.suspended && { cause: entry.suspended, at: entry.suspendedAt },
    pinned: entry.pinned,
    project_id: entry.projectId,
    prefetch_id: entry.prefetchId,
    successor_of: entry.successorOf,
    failure: entry.failure && { code: entry.failure.code, reason: entry.failure.reason },
    image_id: entry.imageId,
    image_name: entry.imageName,
    content: entry.content,
    image_volume_id: entry.imageVolumeId,
    size_gib: entry.sizeGib,
    digest: entry.digest,
    verified_by: entry.verifiedBy,
    content_digest: entry.contentDigest,
    signature: entry.signature,
    ignored_checks: entry.ignoredChecks,
    source: entry.source && sourceView(entry.source),
    verified_at: entry.verifiedAt,
    corruption: entry.corruption && corruptionView(entry.corruption),
    hits: entry.hits,
    used_by: entry.usedBy,
    dependants: entry.dependants === null ? null : { count: entry.dependants, at: entry.dependantsAt },
    claims: entry.claims,
    leases: entry.leases,
    bytes_downloaded: entry.bytesDownloaded,
    bytes_written: entry.bytesWritten,
    durations_ms: entry.durationsMs,
    created_at: entry.createdAt,
    ready_at: entry.readyAt,
    last_used_at: entry.lastUsedAt,
    retired_at: entry.retiredAt,
    reaped_at: entry.reapedAt,
  };
}

function sourceView({ kind, host, declined }: CacheSourceFields) {
  return { kind, host, declined: declined.map(({ host: peer, reason }) => ({ host: peer, reason })) };
}

function corruptionView({ expectedDigest, foundDigest, at }: NonNullable<CacheEntryFields['corruption']>) {
  return { expected_digest: expectedDigest, found_digest: foundDigest, at };
}
