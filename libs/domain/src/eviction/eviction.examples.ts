import type { EvictionPolicy, ImageCacheEvent } from '@hearth/contracts';
import { type ProjectId, fold } from '@hearth/kernel';
import { imageCacheDecider } from '../image-cache/image-cache.decide';
import { complete, fillStarted, generationOf, imageOf, settle, volumeOf } from '../image-cache/image-cache.examples';
import type { CacheEntry, ImageCache } from '../image-cache/image-cache.state';

/** Caches for tests of what is evicted: entry n is generation n, of image n. */
export interface SampleEntry {
  readonly sizeGib: number;
  readonly refillMs: number;
  /** How the entry is held. */
  readonly held: 'idle' | 'pinned' | 'waited-for' | 'leased' | 'filling' | 'retired';
  readonly project: number;
}

export const policies: readonly EvictionPolicy[] = ['lru', 'sieve', 'cost-aware'];

export const projectOf = (ordinal: number) => `project-${ordinal}` as ProjectId;
const pinnedBy = { userId: 'alice', projectId: 'demo', requestId: null } as never;

/** Evicted by `policy`, which chose it. */
export const evict = (entry: CacheEntry, policy?: EvictionPolicy): ImageCacheEvent => {
  const { generation, imageId, imageVolumeId, sizeGib } = entry;
  return { type: 'evict', data: { generation, imageId, imageVolumeId, sizeGib, reason: 'limit', policy } };
};

/** One more hit of an entry, from lease to end. */
export const hitOf = (ordinal: number, volume = 9_000): ImageCacheEvent[] => {
  const generation = generationOf(ordinal);
  const { do: _do, succeeded: _, ...use } = settle(volume);
  return [
    { type: 'leased', data: { generation, volumeId: volumeOf(volume), outcome: 'hit' } },
    { type: 'hit', data: { ...use, generation, imageId: imageOf(ordinal).id, joined: false } },
  ];
};

/** A cache of these entries, after hits of those named by `uses`, in that order. */
export function cacheOf(entries: readonly SampleEntry[], uses: readonly number[] = []): ImageCache {
  const made = entries.flatMap((entry, index) => madeBy(entry, index + 1));
  const used = uses.flatMap((at) => (entries.length === 0 ? [] : hitOf((at % entries.length) + 1)));
  const held = entries.flatMap((entry, index) => heldBy(entry, index + 1));
  return fold(imageCacheDecider, [...made, ...used, ...held]);
}

/** The facts of an entry that was made, or is. */
export function madeBy({ sizeGib, refillMs, held, project }: SampleEntry, ordinal: number): ImageCacheEvent[] {
  const started = fillStarted(ordinal, ordinal, { sizeGib, volumeId: null, projectId: projectOf(project) });
  if (held === 'filling') return [started];
  const { created } = complete(ordinal);
  const { image, imageVolumeId } = started.data as Extract<ImageCacheEvent, { type: 'fill-started' }>['data'];
  return [
    started,
    {
      type: 'create',
      data: { ...created, imageId: image.id, imageVolumeId, sizeGib, durationsMs: { fill: refillMs } },
    },
  ];
}

function heldBy({ held }: SampleEntry, ordinal: number): ImageCacheEvent[] {
  const generation = generationOf(ordinal);
  const volumeId = volumeOf(5_000 + ordinal);
  const { id: imageId } = imageOf(ordinal);
  switch (held) {
    case 'pinned':
      return [{ type: 'pinned', data: { imageId, by: pinnedBy, note: null, at: '2026-01-01T00:00:00Z' } }];
    case 'waited-for':
      return [{ type: 'joined', data: { generation, volumeId } }];
    case 'leased':
      return [{ type: 'leased', data: { generation, volumeId, outcome: 'hit' } }];
    case 'retired':
      return [{ type: 'evict', data: { generation, imageId, imageVolumeId: volumeId, sizeGib: 1, reason: 'manual' } }];
    case 'idle':
    case 'filling':
      return [];
  }
}
