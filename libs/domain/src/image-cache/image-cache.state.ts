import type { EvictReason, Failure, FillEvidence, ImageCacheEvent, ImageIdentity } from '@hearth/contracts';
import { type Generation, PersistentMap, type VolumeId } from '@hearth/kernel';

/** One fill attempt and what became of it. */
export interface CacheEntry {
  readonly generation: Generation;
  readonly content: string;
  readonly imageId: string;
  /** What the image service said of it when the fill began: a copy that goes bad is filled again from it. */
  readonly image: ImageIdentity;
  readonly imageVolumeId: VolumeId;
  readonly sizeGib: number;
  /** `filling` and `ready` count against the limits and serve; `retired` waits for its image-volume to be removed. */
  readonly status: 'filling' | 'ready' | 'retired';
  readonly filler: {
    readonly host: string;
    readonly incarnation: string;
    readonly volumeId: VolumeId | null;
    readonly attempt: number;
  };
  /** Set when the fill failed. */
  readonly failure: { readonly failure: Failure; readonly transient: boolean } | undefined;
  /** What proves the copy's bytes; set once filled. */
  readonly evidence: FillEvidence | undefined;
  /**
   * Who computed the content digest: the fill, of what it wrote; or a `look` at the copy of a fill from before there were digests,
   * which tells what the copy holds and not what it should hold.
   */
  readonly digestFrom: 'fill' | 'look' | undefined;
  /** When its bytes were last known to be right: at the fill's end, and after each look at them since. */
  readonly verifiedAt: string | undefined;
  /** Why it serves no longer; set when a copy that was ready is retired. */
  readonly retiredFor: EvictReason | undefined;
  /** The look that found other bytes than were written into it. */
  readonly mismatch: { readonly contentDigest: string; readonly at: string } | undefined;
  /** Rises with every use in the pool; the smallest is the least recently used. */
  readonly lastUse: number;
  /** Creates that hold a claim on it in any form. */
  readonly claims: number;
  /** Those of them whose clone may be running: the image-volume stays while there is one. */
  readonly leases: number;
  /** The image-volume is gone; the entry is kept only for those who still ask what became of it. */
  readonly reaped: boolean;
}

/** What a create in progress holds in the cache. */
export interface Claim {
  readonly generation: Generation;
  /** `filling`: it began the fill; `waiting`: it joined; `released`: the fill has ended and it is called again; `leased`: it clones. */
  readonly stage: 'filling' | 'waiting' | 'released' | 'leased';
  readonly outcome: 'hit' | 'joined' | 'miss';
}

/** The image-volume cache of one pool. */
export interface ImageCache {
  /** Counts events: a clock that never stands still and never goes back. */
  readonly tick: number;
  readonly generations: number;
  /** By generation. */
  readonly entries: PersistentMap<CacheEntry>;
  /** Content → the generation that fills or serves it. */
  readonly serving: PersistentMap<Generation>;
  /** By volume. */
  readonly claims: PersistentMap<Claim>;
  /** Content → attempts that failed in a row and were handed on. */
  readonly failedAttempts: PersistentMap<number>;
  /** GiB and number of filling and ready entries. */
  readonly usage: { readonly sizeGib: number; readonly count: number };
}

export const emptyCache: ImageCache = {
  tick: 0,
  generations: 0,
  entries: PersistentMap.empty(),
  serving: PersistentMap.empty(),
  claims: PersistentMap.empty(),
  failedAttempts: PersistentMap.empty(),
  usage: { sizeGib: 0, count: 0 },
};

export function entryOf(cache: ImageCache, generation: Generation): CacheEntry | undefined {
  return cache.entries.get(String(generation));
}

/** The entry that fills or serves a content. */
export function servingEntry(cache: ImageCache, content: string): CacheEntry | undefined {
  const generation = cache.serving.get(content);
  return generation === undefined ? undefined : entryOf(cache, generation);
}

/** Its bytes are not to be trusted, or cannot be read: nothing is cloned from it any more, not even for a create that holds a lease. */
export function isQuarantined({ mismatch, retiredFor }: CacheEntry): boolean {
  return mismatch !== undefined || retiredFor === 'verify-failed';
}

/** What a create holds, with the entry it holds it on. */
export function claimOf(
  cache: ImageCache,
  volumeId: VolumeId,
): { readonly claim: Claim; readonly entry: CacheEntry | undefined } | undefined {
  const claim = cache.claims.get(volumeId);
  return claim && { claim, entry: entryOf(cache, claim.generation) };
}

/** Total: an event about an entry or a claim that is not known changes nothing but the tick. */
export function evolve(before: ImageCache, event: ImageCacheEvent): ImageCache {
  const cache = { ...before, tick: before.tick + 1 };
  switch (event.type) {
    case 'fill-started':
      return onFillStarted(cache, event.data);
    case 'fill-sized':
      return onFillSized(cache, event.data);
    case 'joined':
      return withClaim(cache, event.data.volumeId, {
        generation: event.data.generation,
        stage: 'waiting',
        outcome: 'joined',
      });
    case 'identified':
      return onIdentified(cache, event.data);
    case 'create':
      return onCreate(cache, event.data);
    case 'fill-failed':
      return onFillFailed(cache, event.data);
    case 'released':
      return event.data.volumeIds.reduce((at, volumeId) => release(at, volumeId), cache);
    case 'leased': {
      const { generation, volumeId, outcome } = event.data;
      const leased = withClaim(cache, volumeId, { generation, stage: 'leased', outcome });
      return patchEntry(leased, generation, { lastUse: cache.tick });
    }
    case 'lease-ended':
    case 'hit':
    case 'miss':
      return withoutClaim(cache, event.data.volumeId);
    case 'evict':
      return onEvict(cache, event.data);
    case 'verified': {
      const { generation, contentDigest, at } = event.data;
      return onVerified(cache, generation, contentDigest, at);
    }
    case 'verify-failed': {
      const { generation, contentDigest, at } = event.data;
      return patchEntry(cache, generation, { mismatch: { contentDigest, at } });
    }
    case 'reaped':
      return forgetIfDone(patchEntry(cache, event.data.generation, { reaped: true }), event.data.generation);
  }
}

type DataOf<Type extends ImageCacheEvent['type']> = Extract<ImageCacheEvent, { type: Type }>['data'];

function onFillStarted(cache: ImageCache, data: DataOf<'fill-started'>): ImageCache {
  const { generation, content, imageVolumeId, sizeGib, host, incarnation, volumeId, attempt } = data;
  if (entryOf(cache, generation)) return cache;
  const entry: CacheEntry = {
    generation,
    content,
    imageId: data.image.id,
    image: data.image,
    imageVolumeId,
    sizeGib,
    status: 'filling',
    filler: { host, incarnation, volumeId, attempt },
    failure: undefined,
    evidence: undefined,
    digestFrom: undefined,
    verifiedAt: undefined,
    retiredFor: undefined,
    mismatch: undefined,
    lastUse: cache.tick,
    claims: 0,
    leases: 0,
    reaped: false,
  };
  const started = {
    ...cache,
    generations: Math.max(cache.generations, generation),
    entries: cache.entries.set(String(generation), entry),
    serving: cache.serving.set(content, generation),
    usage: { sizeGib: cache.usage.sizeGib + sizeGib, count: cache.usage.count + 1 },
  };
  return volumeId ? withClaim(started, volumeId, { generation, stage: 'filling', outcome: 'miss' }) : started;
}

function onFillSized(cache: ImageCache, { generation, sizeGib }: DataOf<'fill-sized'>): ImageCache {
  const entry = entryOf(cache, generation);
  if (entry?.status !== 'filling') return cache;
  const usage = { ...cache.usage, sizeGib: cache.usage.sizeGib - entry.sizeGib + sizeGib };
  return { ...patchEntry(cache, generation, { sizeGib }), usage };
}

function onIdentified(cache: ImageCache, { generation, image, content }: DataOf<'identified'>): ImageCache {
  const entry = entryOf(cache, generation);
  if (entry?.status !== 'filling') return cache;
  const { serving } = cache;
  const unnamed = serving.get(entry.content) === generation ? serving.delete(entry.content) : serving;
  const identified = patchEntry(cache, generation, { image, imageId: image.id, content });
  return { ...identified, serving: unnamed.set(content, generation) };
}

function onCreate(cache: ImageCache, data: DataOf<'create'>): ImageCache {
  const { generation, digest, verifiedBy, contentDigest, signature, ignoredChecks, at } = data;
  const entry = entryOf(cache, generation);
  if (entry?.status !== 'filling') return cache;
  const evidence = { digest, verifiedBy, contentDigest, signature, ignoredChecks };
  const ready = patchEntry(cache, generation, {
    ...{ status: 'ready', evidence, verifiedAt: at, lastUse: cache.tick },
    digestFrom: contentDigest ? 'fill' : undefined,
  });
  return { ...ready, failedAttempts: cache.failedAttempts.delete(entry.content) };
}

/** A copy whose content digest was not known yet is compared with this one from now on. */
function onVerified(cache: ImageCache, generation: Generation, contentDigest: string, at: string): ImageCache {
  const { evidence, digestFrom = 'look' } = entryOf(cache, generation) ?? {};
  return patchEntry(cache, generation, {
    ...{ verifiedAt: at, digestFrom: evidence && digestFrom },
    evidence: evidence && { ...evidence, contentDigest: evidence.contentDigest ?? contentDigest },
  });
}

function onEvict(cache: ImageCache, { generation, reason }: DataOf<'evict'>): ImageCache {
  if (entryOf(cache, generation)?.status === 'retired') return cache;
  return patchEntry(retire(cache, generation), generation, { retiredFor: reason });
}

function onFillFailed(cache: ImageCache, { generation, failure, transient }: DataOf<'fill-failed'>): ImageCache {
  const entry = entryOf(cache, generation);
  if (entry?.status !== 'filling') return cache;
  const failed = patchEntry(retire(cache, generation), generation, { failure: { failure, transient } });
  if (transient) return { ...failed, failedAttempts: cache.failedAttempts.set(entry.content, entry.filler.attempt) };
  return { ...shareFailure(failed, entry), failedAttempts: cache.failedAttempts.delete(entry.content) };
}

/**
 * A final failure is also that of creates which were released from an earlier attempt and have not asked again yet: they
 * would begin three attempts of their own.
 */
function shareFailure(cache: ImageCache, { content, generation }: CacheEntry): ImageCache {
  let shared = cache;
  for (const [volumeId, claim] of cache.claims) {
    if (claim.stage !== 'released' || claim.generation === generation) continue;
    const earlier = entryOf(cache, claim.generation);
    if (earlier?.content === content && earlier.failure?.transient) {
      shared = withClaim(shared, volumeId as VolumeId, { ...claim, generation });
    }
  }
  return shared;
}

function release(cache: ImageCache, volumeId: VolumeId): ImageCache {
  const claim = cache.claims.get(volumeId);
  if (!claim || claim.stage === 'leased') return cache;
  return { ...cache, claims: cache.claims.set(volumeId, { ...claim, stage: 'released' }) };
}

/** The entry stops serving and no longer counts. */
function retire(cache: ImageCache, generation: Generation): ImageCache {
  const entry = entryOf(cache, generation);
  if (!entry || entry.status === 'retired') return cache;
  const serves = cache.serving.get(entry.content) === generation;
  return {
    ...patchEntry(cache, generation, { status: 'retired' }),
    serving: serves ? cache.serving.delete(entry.content) : cache.serving,
    usage: { sizeGib: cache.usage.sizeGib - entry.sizeGib, count: cache.usage.count - 1 },
  };
}

function patchEntry(cache: ImageCache, generation: Generation, patch: Partial<CacheEntry>): ImageCache {
  const entry = entryOf(cache, generation);
  return entry ? { ...cache, entries: cache.entries.set(String(generation), { ...entry, ...patch }) } : cache;
}

/** A create holds one claim: a new one takes the place of the old, on whichever entry that was. */
function withClaim(cache: ImageCache, volumeId: VolumeId, claim: Claim): ImageCache {
  const cleared = withoutClaim(cache, volumeId);
  const counted = count(cleared, claim, 1);
  return { ...counted, claims: counted.claims.set(volumeId, claim) };
}

function withoutClaim(cache: ImageCache, volumeId: VolumeId): ImageCache {
  const claim = cache.claims.get(volumeId);
  if (!claim) return cache;
  const counted = count(cache, claim, -1);
  return forgetIfDone({ ...counted, claims: counted.claims.delete(volumeId) }, claim.generation);
}

function count(cache: ImageCache, { generation, stage }: Claim, by: 1 | -1): ImageCache {
  const entry = entryOf(cache, generation);
  if (!entry) return cache;
  return patchEntry(cache, generation, {
    claims: entry.claims + by,
    leases: entry.leases + (stage === 'leased' ? by : 0),
  });
}

function forgetIfDone(cache: ImageCache, generation: Generation): ImageCache {
  const entry = entryOf(cache, generation);
  if (!entry?.reaped || entry.claims > 0) return cache;
  return { ...cache, entries: cache.entries.delete(String(generation)) };
}
