import { type Link, nextLink } from '../links';
import type { ViewContext } from '../volumes/volume.view';
import { wireTime } from '../wire-time';

/** What a view needs of a snapshot; sizes in GiB, instants in ISO 8601. */
export interface SnapshotFields {
  readonly id: string;
  readonly volumeId: string;
  readonly projectId: string;
  readonly userId: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly status: string;
  readonly sizeGib: number;
  /** `0%` or `100%`. */
  readonly progress: string;
  readonly createdAt: string;
  /** Null for one that has not changed since. */
  readonly updatedAt: string | null;
}

/** A snapshot as the answers to its creation and its changes show it, and lists that are not in detail. */
export function snapshotSummary(snapshot: SnapshotFields, { minor }: ViewContext) {
  return {
    id: snapshot.id,
    created_at: wireTime(snapshot.createdAt),
    updated_at: snapshot.updatedAt === null ? null : wireTime(snapshot.updatedAt),
    name: snapshot.name,
    description: snapshot.description,
    volume_id: snapshot.volumeId,
    status: snapshot.status,
    size: snapshot.sizeGib,
    metadata: snapshot.metadata,
    ...(minor >= 14 && { group_snapshot_id: null }),
    ...(minor >= 41 && { user_id: snapshot.userId }),
    ...(minor >= 65 && { consumes_quota: true }),
  };
}

/** A snapshot as `GET /snapshots/{id}` and lists in detail show it. */
export function snapshotDetail(snapshot: SnapshotFields, context: ViewContext) {
  return {
    ...snapshotSummary(snapshot, context),
    'os-extended-snapshot-attributes:project_id': snapshot.projectId,
    'os-extended-snapshot-attributes:progress': snapshot.progress,
  };
}

/** One page of snapshots and what the link to the next needs. */
export interface SnapshotPageFields {
  readonly snapshots: readonly SnapshotFields[];
  readonly limit: number;
  /** All that match, where the request asked for it. */
  readonly count?: number | undefined;
  readonly path: string;
  readonly query: URLSearchParams;
}

export function snapshotList(page: SnapshotPageFields, context: ViewContext, { detail }: { readonly detail: boolean }) {
  const view = detail ? snapshotDetail : snapshotSummary;
  return {
    snapshots: page.snapshots.map((snapshot) => view(snapshot, context)),
    ...linksOf(page, context),
    ...(page.count !== undefined && { count: page.count }),
  };
}

function linksOf(page: SnapshotPageFields, { base }: ViewContext): { readonly snapshots_links?: readonly Link[] } {
  const last = page.snapshots.at(-1);
  if (!last || page.snapshots.length < page.limit) return {};
  return { snapshots_links: [nextLink(base, page.path, page.query, last.id)] };
}
