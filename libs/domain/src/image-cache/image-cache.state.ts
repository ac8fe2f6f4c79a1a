import type { Actor, EvictReason, Failure, FillEvidence, ImageIdentity, SuspensionCause } from '@hearth/contracts';
import { type Generation, OrderedMap, PersistentMap, type ProjectId, type VolumeId } from '@hearth/kernel';

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
  /** Whose create began it; undefined for a fill that no create began. */
  readonly projectId: ProjectId | undefined;
  /** The prefetch that began it. */
  readonly prefetchId: string | undefined;
  /** Set when the fill failed. */
  readonly failure:
    | {
        readonly failure: Failure;
        readonly transient: boolean;
        /** It is that of whoever began the fill, and of nobody who waited. */
        readonly ofFiller: boolean;
      }
    | undefined;
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
  /** It serves nobody while its image cannot be used. */
  readonly suspended: { readonly cause: SuspensionCause; readonly at: string } | undefined;
  /** Rises with every use in the pool; the smallest is the least recently used. */
  readonly lastUse: number;
  /** When that was; undefined where the facts do not say. */
  readonly lastUsedAt: string | undefined;
  /** Leases it has given since it was filled. */
  readonly uses: number;
  /** Volumes made from it that have just the image's own size. */
  readonly ungrownUses: number;
  /** Seconds that its fill took: what it costs to have it again. */
  readonly refillSeconds: number;
  /** Cost-aware policy: what it was worth at its last use. */
  readonly priority: number;
  /** SIEVE: the lap in which the hand comes to it after its last hit; -1 before its first. */
  readonly visitedLap: number;
  /** Volumes that depend on it: as last counted, and every clone since. */
  readonly dependants: number;
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

/** GiB and number of filling and ready entries. */
export interface CacheUsage {
  readonly sizeGib: number;
  readonly count: number;
}

export interface Pin {
  readonly note: string | null;
  /** Who pinned it last: a policy takes back only pins of its own. */
  readonly by: Actor;
  readonly at: string;
  /** See `sharedContentKeys`; none where it was not known what the image is. */
  readonly contents: readonly string[];
}

/** A prefetch that has not ended. */
export interface Prefetch {
  readonly prefetchId: string;
  readonly imageId: string;
  /** What the image service said of the image to whoever asked for it. */
  readonly image: ImageIdentity | undefined;
  readonly requestedAt: string;
  readonly deadline: string | null;
  /** Its fill still runs, for nobody else. */
  readonly cancelled: boolean;
}

/** The first request for a content that gets its entry with the second. */
export interface Asked {
  readonly volumeId: VolumeId;
  readonly at: string;
}

/** The image-volume cache of one pool. */
export interface ImageCache {
  /** Counts events: a clock that never stands still and never goes back. */
  readonly tick: number;
  readonly generations: number;
  /** By generation. */
  readonly entries: OrderedMap<CacheEntry>;
  /** Content → the generation that fills or serves it. */
  readonly serving: PersistentMap<Generation>;
  /** By volume. */
  readonly claims: PersistentMap<Claim>;
  /** Content → attempts that failed in a row and were handed on. */
  readonly failedAttempts: PersistentMap<number>;
  readonly usage: CacheUsage;
  /** By project, of the entries that its creates began. */
  readonly usageOfProject: PersistentMap<CacheUsage>;
  /** `lastUse` → generation, of filling and ready entries. */
  readonly byUse: OrderedMap<Generation>;
  /** Image id → generations of filling and ready entries, the oldest first. */
  readonly byImage: PersistentMap<readonly Generation[]>;
  /** By image id, with or without an entry. */
  readonly pins: PersistentMap<Pin>;
  /** Content → pins that hold it, whatever image its entry was filled from. */
  readonly pinnedContents: PersistentMap<number>;
  /** By image id: an image has one at a time. */
  readonly prefetches: PersistentMap<Prefetch>;
  /** Set while the cache is switched off. */
  readonly off: { readonly ready: 'drain' | 'stay'; readonly at: string } | undefined;
  /** By content. When `recent` is full it becomes `earlier`, and what was there is forgotten. */
  readonly asked: { readonly recent: PersistentMap<Asked>; readonly earlier: PersistentMap<Asked> };
  /** SIEVE's hand: the generation at which it looks next, and how often it has come round. */
  readonly hand: { readonly lap: number; readonly generation: number };
  /** Cost-aware policy: what the last victim was worth; it never falls. */
  readonly inflation: number;
}

export const emptyCache: ImageCache = {
  tick: 0,
  generations: 0,
  entries: OrderedMap.empty(),
  serving: PersistentMap.empty(),
  claims: PersistentMap.empty(),
  failedAttempts: PersistentMap.empty(),
  usage: { sizeGib: 0, count: 0 },
  usageOfProject: PersistentMap.empty(),
  byUse: OrderedMap.empty(),
  byImage: PersistentMap.empty(),
  pins: PersistentMap.empty(),
  pinnedContents: PersistentMap.empty(),
  prefetches: PersistentMap.empty(),
  off: undefined,
  asked: { recent: PersistentMap.empty(), earlier: PersistentMap.empty() },
  hand: { lap: 0, generation: 0 },
  inflation: 0,
};

export function entryOf(cache: ImageCache, generation: Generation): CacheEntry | undefined {
  return cache.entries.get(generation);
}

/** The entry that fills or serves a content. */
export function servingEntry(cache: ImageCache, content: string): CacheEntry | undefined {
  const generation = cache.serving.get(content);
  return generation === undefined ? undefined : entryOf(cache, generation);
}

/** Filling and ready entries of an image, the oldest first. */
export function liveEntriesOf(cache: ImageCache, imageId: string): readonly CacheEntry[] {
  return (cache.byImage.get(imageId) ?? []).flatMap((generation) => entryOf(cache, generation) ?? []);
}

/** Its bytes are not to be trusted, or cannot be read: nothing is cloned from it any more, not even for a create that holds a lease. */
export function isQuarantined({ mismatch, retiredFor }: CacheEntry): boolean {
  return mismatch !== undefined || retiredFor === 'verify-failed';
}

/** Ready, and no create holds a claim on it. */
export function isIdle({ status, claims }: CacheEntry): boolean {
  return status === 'ready' && claims === 0;
}

/** Its image is pinned, or another that it serves by an equal hash. */
export function isPinned({ pins, pinnedContents }: ImageCache, { imageId, content }: CacheEntry): boolean {
  return pins.size > 0 && (pins.has(imageId) || pinnedContents.has(content));
}

/** Another image is pinned than the one it was made from, and it serves that by an equal hash. */
export function isPinnedForAnother({ pins, pinnedContents }: ImageCache, { imageId, content }: CacheEntry): boolean {
  const own = pins.get(imageId)?.contents.includes(content) ? 1 : 0;
  return (pinnedContents.get(content) ?? 0) > own;
}

/** A rule of the pool's may give it up: it is idle, and not pinned. */
export function isEvictable(cache: ImageCache, entry: CacheEntry): boolean {
  return isIdle(entry) && !isPinned(cache, entry);
}

/** What a create holds, with the entry it holds it on. */
export function claimOf(
  cache: ImageCache,
  volumeId: VolumeId,
): { readonly claim: Claim; readonly entry: CacheEntry | undefined } | undefined {
  const claim = cache.claims.get(volumeId);
  return claim && { claim, entry: entryOf(cache, claim.generation) };
}

/** The first request for a content, as long as it is remembered. */
export function askedFor({ asked }: ImageCache, content: string): Asked | undefined {
  return asked.recent.get(content) ?? asked.earlier.get(content);
}

/** A prefetch that has not ended, by its own id. */
export function prefetchOf(cache: ImageCache, prefetchId: string): Prefetch | undefined {
  for (const prefetch of cache.prefetches.values()) if (prefetch.prefetchId === prefetchId) return prefetch;
  return undefined;
}
