import type { ImageCacheEvent } from '@hearth/contracts';
import type { Generation, PersistentMap } from '@hearth/kernel';
import { handAfterRetiring } from '../eviction/sieve';
import { type CacheEntry, type CacheUsage, type ImageCache, entryOf } from './image-cache.state';

export type DataOf<Type extends ImageCacheEvent['type']> = Extract<ImageCacheEvent, { type: Type }>['data'];

/** Changes of what no index follows from. */
type Patch = Partial<Omit<CacheEntry, 'status' | 'content' | 'imageId' | 'sizeGib' | 'lastUse'>>;

export function patchEntry(cache: ImageCache, generation: Generation, patch: Patch): ImageCache {
  const entry = entryOf(cache, generation);
  return entry ? withEntry(cache, { ...entry, ...patch }) : cache;
}

/** The entry was used just now. */
export function usedNow(cache: ImageCache, entry: CacheEntry, patch: Patch): ImageCache {
  const used = { ...entry, ...patch, lastUse: cache.tick };
  if (entry.status === 'retired') return withEntry(cache, used);
  const byUse = cache.byUse.delete(entry.lastUse).set(cache.tick, entry.generation);
  return { ...withEntry(cache, used), byUse };
}

/** A new entry, and everything that is counted of it. */
export function addEntry(cache: ImageCache, entry: CacheEntry): ImageCache {
  const { generation, content, imageId, lastUse } = entry;
  return {
    ...counted(withEntry(cache, entry), entry, { sizeGib: entry.sizeGib, count: 1 }),
    generations: Math.max(cache.generations, generation),
    serving: cache.serving.set(content, generation),
    byUse: cache.byUse.set(lastUse, generation),
    byImage: cache.byImage.set(imageId, [...(cache.byImage.get(imageId) ?? []), generation]),
  };
}

/** The entry stops serving and no longer counts. */
export function retire(cache: ImageCache, generation: Generation, patch: Patch = {}): ImageCache {
  const entry = entryOf(cache, generation);
  if (!entry || entry.status === 'retired') return cache;
  const serves = cache.serving.get(entry.content) === generation;
  const retired = {
    ...counted(withEntry(cache, { ...entry, ...patch, status: 'retired' }), entry, {
      ...{ sizeGib: -entry.sizeGib, count: -1 },
    }),
    serving: serves ? cache.serving.delete(entry.content) : cache.serving,
    byUse: cache.byUse.delete(entry.lastUse),
    byImage: withoutImage(cache.byImage, entry),
  };
  return { ...retired, hand: handAfterRetiring(retired) };
}

export function resize(cache: ImageCache, generation: Generation, sizeGib: number): ImageCache {
  const entry = entryOf(cache, generation);
  if (!entry) return cache;
  const resized = withEntry(cache, { ...entry, sizeGib });
  if (entry.status === 'retired') return resized;
  return counted(resized, entry, { sizeGib: sizeGib - entry.sizeGib, count: 0 });
}

/** The entry is a copy of something else than was known. */
export function rename(
  cache: ImageCache,
  entry: CacheEntry,
  { image, content }: Pick<CacheEntry, 'image' | 'content'>,
): ImageCache {
  const { generation } = entry;
  const { serving } = cache;
  const unnamed = serving.get(entry.content) === generation ? serving.delete(entry.content) : serving;
  const byImage = withoutImage(cache.byImage, entry);
  const ofImage = [...(byImage.get(image.id) ?? []), generation].sort((one, other) => one - other);
  return {
    ...withEntry(cache, { ...entry, image, imageId: image.id, content }),
    serving: unnamed.set(content, generation),
    byImage: byImage.set(image.id, ofImage),
  };
}

export function forgetIfDone(cache: ImageCache, generation: Generation): ImageCache {
  const entry = entryOf(cache, generation);
  if (!entry?.reaped || entry.claims > 0) return cache;
  return { ...cache, entries: cache.entries.delete(generation) };
}

export function withEntry(cache: ImageCache, entry: CacheEntry): ImageCache {
  return { ...cache, entries: cache.entries.set(entry.generation, entry) };
}

function counted(cache: ImageCache, { projectId }: CacheEntry, change: CacheUsage): ImageCache {
  const usage = sum(cache.usage, change);
  if (projectId === undefined) return { ...cache, usage };
  const ofProject = sum(cache.usageOfProject.get(projectId) ?? { sizeGib: 0, count: 0 }, change);
  const usageOfProject =
    ofProject.count === 0 ? cache.usageOfProject.delete(projectId) : cache.usageOfProject.set(projectId, ofProject);
  return { ...cache, usage, usageOfProject };
}

const sum = (one: CacheUsage, other: CacheUsage): CacheUsage => ({
  sizeGib: one.sizeGib + other.sizeGib,
  count: one.count + other.count,
});

function withoutImage(
  byImage: PersistentMap<readonly Generation[]>,
  { imageId, generation }: CacheEntry,
): PersistentMap<readonly Generation[]> {
  const left = (byImage.get(imageId) ?? []).filter((each) => each !== generation);
  return left.length === 0 ? byImage.delete(imageId) : byImage.set(imageId, left);
}
