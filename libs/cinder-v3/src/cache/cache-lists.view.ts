import type { Actor, ImageSelector } from '@hearth/contracts';
import { nextLink } from '../links';
import { type ProgressFields, progressView } from '../progress.view';
import { actorView } from './actor.view';

/** What a page of anything needs to lead to the next. */
export interface PageContext {
  /** Public endpoint without a slash at its end. */
  readonly base: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly limit: number;
}

/** The items of a page under their name, the link to the next page where there may be one, and the count where it was asked for. */
export function pageView<Item>(
  collection: string,
  items: readonly Item[],
  { base, path, query, limit }: PageContext,
  { marker, count }: { readonly marker: string | undefined; readonly count?: number | undefined },
) {
  const isFull = marker !== undefined && items.length >= limit && limit > 0;
  return {
    [collection]: items,
    ...(isFull && { [`${collection}_links`]: [nextLink(base, path, query, marker)] }),
    ...(count !== undefined && { count }),
  };
}

/** A volume that was made from an entry. */
export interface EntryUserFields {
  readonly id: string;
  readonly name: string | null;
  readonly projectId: string;
  readonly status: string;
  readonly sizeGib: number;
  readonly outcome: string;
  readonly createdAt: string;
}

export const entryUserView = (user: EntryUserFields) => ({
  id: user.id,
  name: user.name,
  project_id: user.projectId,
  status: user.status,
  size: user.sizeGib,
  outcome: user.outcome,
  created_at: user.createdAt,
});

export interface CachePinFields {
  readonly pool: string;
  readonly imageId: string;
  readonly note: string | null;
  readonly pinnedBy: Actor;
  readonly pinnedAt: string;
}

export const cachePinView = (pin: CachePinFields) => ({
  pool: pin.pool,
  image_id: pin.imageId,
  note: pin.note,
  pinned_by: actorView(pin.pinnedBy),
  pinned_at: pin.pinnedAt,
});

export interface CachePrefetchFields {
  readonly id: string;
  readonly pool: string;
  readonly imageId: string;
  readonly imageName: string | null;
  readonly status: string;
  readonly cancelledAt: string | null;
  readonly generation: number | null;
  readonly failure: { readonly code: string; readonly reason: string } | null;
  readonly pin: boolean;
  readonly deadline: string | null;
  readonly requestedBy: Actor;
  readonly requestedAt: string;
  readonly endedAt: string | null;
  /** While its fill runs. */
  readonly progress?: ProgressFields | undefined;
}

export function cachePrefetchView(prefetch: CachePrefetchFields) {
  const { failure, progress } = prefetch;
  return {
    id: prefetch.id,
    pool: prefetch.pool,
    image_id: prefetch.imageId,
    image_name: prefetch.imageName,
    status: prefetch.status,
    reason: failure?.reason ?? null,
    failure: failure && { code: failure.code, reason: failure.reason },
    cancelling: prefetch.cancelledAt !== null && prefetch.endedAt === null,
    entry_generation: prefetch.generation,
    progress: progress ? progressView(progress) : null,
    pin: prefetch.pin,
    deadline: prefetch.deadline,
    requested_by: actorView(prefetch.requestedBy),
    requested_at: prefetch.requestedAt,
    ended_at: prefetch.endedAt,
  };
}

/** An image for which nothing was asked of a pool, and why: as Nova's `skipped`. */
export function skippedPrefetchView(skipped: {
  readonly pool: string;
  readonly imageId: string;
  readonly imageName: string | null;
  readonly reason: string;
}) {
  return {
    ...{ id: null, pool: skipped.pool, image_id: skipped.imageId, image_name: skipped.imageName },
    ...{ status: 'skipped', reason: skipped.reason, failure: null, cancelling: false, entry_generation: null },
    ...{ progress: null, pin: false, deadline: null, requested_by: null, requested_at: null, ended_at: null },
  };
}

export interface CachePolicyFields {
  readonly id: string;
  readonly name: string;
  readonly selector: ImageSelector;
  readonly pools: readonly string[];
  /** Of the pools with a cache that is on, those that it is about now. */
  readonly matchedPools: readonly string[];
  readonly keep: number;
  readonly pin: boolean;
  readonly everySeconds: number;
  readonly enabled: boolean;
  readonly definedBy: Actor;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export function cachePolicyView(policy: CachePolicyFields) {
  const { selector } = policy;
  const isOne = 'imageId' in selector;
  return {
    id: policy.id,
    name: policy.name,
    image_id: isOne ? selector.imageId : null,
    image_name: isOne ? null : (selector.name ?? null),
    image_properties: isOne ? null : (selector.properties ?? null),
    pools: policy.pools,
    matched_pools: policy.matchedPools,
    keep: policy.keep,
    pin: policy.pin,
    every_seconds: policy.everySeconds,
    enabled: policy.enabled,
    defined_by: actorView(policy.definedBy),
    created_at: policy.createdAt,
    updated_at: policy.updatedAt,
  };
}
