import type { ImageCacheEvent, VolumeEvent } from '@hearth/contracts';
import type { CacheEntry, CacheLimits, CacheUsage } from '@hearth/domain';
import { BrokenPromiseError } from '../engine/broken-promise.error';
import type { CacheChange, VolumeChange } from '../world/facts';

/** What holds in every pool after every commit. Throws `BrokenPromiseError`. */
export function checkCache(change: CacheChange): void {
  oneLiveFill(change);
  withinLimits(change);
  nothingBegunWhileOff(change);
  reapedWhenUnused(change);
  oneUseEach(change);
}

function oneLiveFill({ pool, after }: CacheChange): void {
  const filling = new Set<string>();
  for (const { status, content, generation } of after.entries.values()) {
    if (status !== 'filling') continue;
    if (filling.has(content)) {
      throw new BrokenPromiseError('P1 one live fill', `${pool} fills ${content} twice, generation ${generation}`);
    }
    filling.add(content);
  }
}

/** Limits that were lowered are made to hold later; until then nothing is added. */
function withinLimits({ pool, before, after, events, limits }: CacheChange): void {
  if (!limits || events.some(({ type }) => type === 'size-corrected')) return;
  const over = (['sizeGib', 'count'] as const).find(
    (measure) => isOver(after.usage, limits, measure) && after.usage[measure] > before.usage[measure],
  );
  if (!over) return;
  const found = `${pool} came from ${JSON.stringify(before.usage)} to ${JSON.stringify(after.usage)}`;
  throw new BrokenPromiseError('P6 limits hold at every moment', `${found} with ${JSON.stringify(limits)}`);
}

function isOver(usage: CacheUsage, { maxSizeGib, maxCount }: CacheLimits, measure: keyof CacheUsage): boolean {
  const limit = measure === 'count' ? maxCount : maxSizeGib;
  return limit > 0 && usage[measure] > limit;
}

function nothingBegunWhileOff({ pool, before, events }: CacheChange): void {
  if (!before.off || events.some(({ type }) => type === 'switched-on')) return;
  const begun = events.find(({ type }) => type === 'fill-started');
  if (begun) throw new BrokenPromiseError('a cache that is off makes no entries', `${pool}: ${JSON.stringify(begun)}`);
}

function reapedWhenUnused({ pool, before, events }: CacheChange): void {
  for (const event of events) {
    if (event.type !== 'reaped') continue;
    const entry = before.entries.get(event.data.generation);
    if (entry && entry.leases === 0) continue;
    if (events.some((other) => endsLease(other, event.data.generation))) continue;
    throw new BrokenPromiseError(
      'P4 no entry is evicted while a clone from it runs',
      `${pool} reaped generation ${event.data.generation} with ${entry?.leases ?? 'no'} leases`,
    );
  }
}

function endsLease(event: ImageCacheEvent, generation: number): boolean {
  const ends = event.type === 'hit' || event.type === 'miss' || event.type === 'lease-ended';
  return ends && event.data.generation === generation;
}

/** A claim that was settled is gone: it cannot be settled again. */
function oneUseEach({ pool, before, events }: CacheChange): void {
  const used = new Set<string>();
  for (const event of events) {
    if (event.type !== 'hit' && event.type !== 'miss') continue;
    const { volumeId } = event.data;
    const isClaimed =
      before.claims.has(volumeId) ||
      events.some(
        (other) =>
          (other.type === 'leased' || other.type === 'joined' || other.type === 'fill-started') &&
          other.data.volumeId === volumeId,
      );
    if (isClaimed && !used.has(volumeId)) {
      used.add(volumeId);
      continue;
    }
    throw new BrokenPromiseError('P8 exactly one decision event per create', `${pool} counted ${volumeId} twice`);
  }
}

/** What holds of an entry whose object is about to be removed; undefined for an object that is no image-volume. */
export function checkRemoval(entry: CacheEntry | undefined): void {
  if (!entry || entry.leases === 0) return;
  const { generation, leases, status } = entry;
  throw new BrokenPromiseError(
    'P4 no entry is evicted while a clone from it runs',
    `the image-volume of generation ${generation}, ${status}, was removed under ${leases} leases`,
  );
}

const ends: readonly VolumeEvent['type'][] = ['VolumeProvisioned', 'VolumeCreateFailed', 'VolumePlacementFailed'];

/** What holds of a volume after every commit. */
export function checkVolume({ id, after }: VolumeChange, all: readonly VolumeEvent[]): void {
  const ended = all.filter(({ type }) => ends.includes(type));
  if (ended.length > 1) {
    const found = `the create of ${id} ended ${ended.length} times`;
    throw new BrokenPromiseError('P8 exactly one decision event per create', found);
  }
  const isInternal = after.status !== 'absent' && (after.details.projectId as string) === 'internal';
  if (isInternal) throw new BrokenPromiseError('P15 internal copies count against no tenant', `${id} is a volume`);
}
