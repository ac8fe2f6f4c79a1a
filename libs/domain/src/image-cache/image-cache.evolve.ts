import type { ImageCacheEvent } from '@hearth/contracts';
import { type Generation, PersistentMap } from '@hearth/kernel';
import { priorityOf, refillSecondsOf } from '../eviction/cost-aware';
import { afterEviction } from '../eviction/policy';
import { lapOfNextVisit } from '../eviction/sieve';
import { release, shareFailure, withClaim, withoutClaim } from './claim.evolve';
import {
  type DataOf,
  addEntry,
  forgetIfDone,
  patchEntry,
  rename,
  resize,
  retire,
  usedNow,
  withEntry,
} from './entry.evolve';
import { type CacheEntry, type ImageCache, entryOf } from './image-cache.state';
import {
  forgetAsked,
  onAsked,
  onPinned,
  withoutPin,
  onPrefetchCancelled,
  onPrefetchEnded,
  onPrefetchRequested,
  onSuspended,
} from './steward.evolve';

/** Total: an event about an entry or a claim that is not known changes nothing but the tick. */
export function evolve(before: ImageCache, event: ImageCacheEvent): ImageCache {
  const cache = { ...before, tick: before.tick + 1 };
  switch (event.type) {
    case 'fill-started':
      return onFillStarted(cache, event.data);
    case 'fill-sized':
      return onFillSized(cache, event.data);
    case 'joined': {
      const { generation, volumeId } = event.data;
      return withClaim(cache, volumeId, { generation, stage: 'waiting', outcome: 'joined' });
    }
    case 'identified':
      return onIdentified(cache, event.data);
    case 'create':
      return onCreate(cache, event.data);
    case 'fill-failed':
      return onFillFailed(cache, event.data);
    case 'released':
      return event.data.volumeIds.reduce((at, volumeId) => release(at, volumeId), cache);
    case 'leased':
      return onLeased(cache, event.data);
    case 'lease-ended':
      return withoutClaim(cache, event.data.volumeId);
    case 'hit':
      return onUsed(cache, event.data);
    case 'miss':
      return event.data.failed ? withoutClaim(cache, event.data.volumeId) : onUsed(cache, event.data);
    case 'evict':
      return onEvict(cache, event.data);
    case 'verified':
      return onVerified(cache, event.data);
    case 'verify-failed': {
      const { generation, contentDigest, at } = event.data;
      return patchEntry(cache, generation, { mismatch: { contentDigest, at } });
    }
    case 'reaped':
      return forgetIfDone(patchEntry(cache, event.data.generation, { reaped: true }), event.data.generation);
    case 'dependants-counted':
      return patchEntry(cache, event.data.generation, { dependants: event.data.count });
    case 'size-corrected':
      return resize(cache, event.data.generation, event.data.sizeGib);
    default:
      return evolveStewardship(cache, event);
  }
}

type Stewardship = Extract<
  ImageCacheEvent,
  {
    type:
      | 'suspended'
      | 'resumed'
      | 'pinned'
      | 'unpinned'
      | 'switched-off'
      | 'switched-on'
      | 'asked'
      | `prefetch-${string}`
      | 'orphan-removed';
  }
>;

/** What operators, policies and reconciles did. */
function evolveStewardship(cache: ImageCache, event: Stewardship): ImageCache {
  switch (event.type) {
    case 'suspended':
      return onSuspended(cache, event.data);
    case 'resumed':
      return patchEntry(cache, event.data.generation, { suspended: undefined });
    case 'pinned':
      return onPinned(cache, event.data);
    case 'unpinned':
      return withoutPin(cache, event.data.imageId);
    case 'switched-off':
      return { ...cache, off: { ready: event.data.ready, at: event.data.at } };
    case 'switched-on':
      return { ...cache, off: undefined };
    case 'asked':
      return onAsked(cache, event.data);
    case 'prefetch-requested':
      return onPrefetchRequested(cache, event.data);
    case 'prefetch-cancelled':
      return onPrefetchCancelled(cache, event.data);
    case 'prefetch-ended':
      return onPrefetchEnded(cache, event.data);
    case 'orphan-removed':
      return cache;
  }
}

function onFillStarted(cache: ImageCache, data: DataOf<'fill-started'>): ImageCache {
  const { generation, content, image, imageVolumeId, sizeGib, host, incarnation, volumeId, attempt } = data;
  if (entryOf(cache, generation)) return cache;
  const entry: CacheEntry = {
    ...{ generation, content, imageId: image.id, image, imageVolumeId, sizeGib, status: 'filling' },
    filler: { host, incarnation, volumeId, attempt },
    projectId: data.projectId,
    prefetchId: data.prefetchId,
    failure: undefined,
    evidence: undefined,
    digestFrom: undefined,
    verifiedAt: undefined,
    retiredFor: undefined,
    mismatch: undefined,
    suspended: undefined,
    lastUse: cache.tick,
    lastUsedAt: data.at,
    uses: 0,
    ungrownUses: 0,
    refillSeconds: 0,
    priority: 0,
    visitedLap: -1,
    dependants: 0,
    claims: 0,
    leases: 0,
    reaped: false,
  };
  const started = { ...addEntry(cache, entry), asked: forgetAsked(cache, content) };
  return volumeId ? withClaim(started, volumeId, { generation, stage: 'filling', outcome: 'miss' }) : started;
}

function onFillSized(cache: ImageCache, { generation, sizeGib }: DataOf<'fill-sized'>): ImageCache {
  return entryOf(cache, generation)?.status === 'filling' ? resize(cache, generation, sizeGib) : cache;
}

function onIdentified(cache: ImageCache, { generation, image, content }: DataOf<'identified'>): ImageCache {
  const entry = entryOf(cache, generation);
  return entry && entry.status !== 'retired' ? rename(cache, entry, { image, content }) : cache;
}

function onCreate(cache: ImageCache, data: DataOf<'create'>): ImageCache {
  const { generation, digest, verifiedBy, contentDigest, signature, ignoredChecks, at, durationsMs } = data;
  const entry = entryOf(cache, generation);
  if (entry?.status !== 'filling') return cache;
  const refillSeconds = refillSecondsOf(durationsMs);
  const ready: CacheEntry = {
    ...{ ...entry, status: 'ready', verifiedAt: at, lastUsedAt: at ?? entry.lastUsedAt, refillSeconds },
    evidence: { digest, verifiedBy, contentDigest, signature, ignoredChecks },
    digestFrom: contentDigest ? 'fill' : undefined,
  };
  const filled = usedNow(cache, ready, { priority: priorityOf(ready, cache.inflation) });
  return { ...filled, failedAttempts: cache.failedAttempts.delete(entry.content) };
}

function onLeased(cache: ImageCache, { generation, volumeId, outcome, at }: DataOf<'leased'>): ImageCache {
  return withClaim(cache, volumeId, { generation, stage: 'leased', outcome }, (free, entry) => {
    const used = { ...entry, uses: entry.uses + 1 };
    return usedNow(free, used, {
      lastUsedAt: at ?? entry.lastUsedAt,
      priority: priorityOf(used, cache.inflation),
      // The create that filled it is no hit.
      visitedLap: outcome === 'miss' ? entry.visitedLap : lapOfNextVisit(cache, generation),
    });
  });
}

/** A volume was made from it. */
function onUsed(
  cache: ImageCache,
  { generation, volumeId, sizeGib }: { readonly generation: Generation } & Pick<DataOf<'hit'>, 'volumeId' | 'sizeGib'>,
): ImageCache {
  const made = (entry: CacheEntry): CacheEntry => ({
    ...entry,
    dependants: entry.dependants + 1,
    ungrownUses: entry.ungrownUses + (sizeGib === entry.sizeGib ? 1 : 0),
  });
  if (cache.claims.get(volumeId)?.generation === generation) return withoutClaim(cache, volumeId, made);
  const entry = entryOf(cache, generation);
  return withoutClaim(entry ? withEntry(cache, made(entry)) : cache, volumeId);
}

/** A copy whose content digest was not known yet is compared with this one from now on; one of unknown age has its age from here. */
function onVerified(cache: ImageCache, { generation, contentDigest, at }: DataOf<'verified'>): ImageCache {
  const { evidence, digestFrom = 'look', lastUsedAt = at } = entryOf(cache, generation) ?? {};
  return patchEntry(cache, generation, {
    ...{ verifiedAt: at, digestFrom: evidence && digestFrom, lastUsedAt },
    evidence: evidence && { ...evidence, contentDigest: evidence.contentDigest ?? contentDigest },
  });
}

function onEvict(cache: ImageCache, { generation, reason, policy }: DataOf<'evict'>): ImageCache {
  const entry = entryOf(cache, generation);
  if (!entry || entry.status === 'retired') return cache;
  return retire(afterEviction(cache, entry, policy), generation, { retiredFor: reason });
}

/** Contents whose failed attempts are counted at most: those that nobody asks for again would stay for ever. Beyond it all begin anew. */
export const failedContentsMax = 1_024;

function withAttempt({ failedAttempts }: ImageCache, { content, filler }: CacheEntry): ImageCache['failedAttempts'] {
  const kept = failedAttempts.size < failedContentsMax ? failedAttempts : PersistentMap.empty<number>();
  return kept.set(content, filler.attempt);
}

function onFillFailed(cache: ImageCache, data: DataOf<'fill-failed'>): ImageCache {
  const { generation, failure, transient, ofFiller = false } = data;
  const entry = entryOf(cache, generation);
  if (entry?.status !== 'filling') return cache;
  const failed = retire(cache, generation, { failure: { failure, transient, ofFiller } });
  if (ofFiller) return failed;
  if (transient) return { ...failed, failedAttempts: withAttempt(cache, entry) };
  return { ...shareFailure(failed, entry), failedAttempts: cache.failedAttempts.delete(entry.content) };
}
