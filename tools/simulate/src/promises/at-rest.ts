import type { ImageCacheEvent, VolumeEvent } from '@hearth/contracts';
import {
  type CacheEntry,
  decodeImageCache,
  encodeImageCache,
  imageCacheDecider,
  isEvictable,
  isOverLimits,
  isPastGrace,
  owedSteps,
} from '@hearth/domain';
import { type PoolRef, type VolumeId, fold } from '@hearth/kernel';
import { BrokenPromiseError } from '../engine/broken-promise.error';
import type { Doer } from '../history/do-deed';
import type { World } from '../world/world';
import { textOfCache } from './same-cache';

/** What holds of the bytes of every volume that is there, at any time at which nothing is under way. Throws `BrokenPromiseError`. */
export function checkBytes(world: World, doer: Doer): void {
  for (const { id, image, sizeGib } of doer.volumes) {
    const volume = world.facts.volume(id);
    if (volume.status !== 'provisioned') continue;
    const name = `volume-${id}`;
    const { memory } = world.backendOf(volume.pool);
    const object = memory.objects.get(name);
    if (!object?.isWhole || object.sizeGib !== sizeGib) {
      const found = `${id} is ${object ? `${object.sizeGib} GiB, whole: ${object.isWhole}` : 'not there'}`;
      throw new BrokenPromiseError('P13 nothing breaks another volume', `${found}, and ${sizeGib} GiB were asked for`);
    }
    if (cameFromHarmed(world, doer, id)) continue;
    const expected = image === null ? Buffer.alloc(64) : world.images.bytesOf(image);
    if (memory.read(name, 0, expected.length).equals(expected)) continue;
    throw new BrokenPromiseError("P3 a clone's bytes are the image's", `${id} of image ${image?.id} holds other bytes`);
  }
}

/** Cloned from a copy that somebody else changed, before that was found. */
function cameFromHarmed({ facts }: World, { trouble: { corrupted } }: Doer, id: VolumeId): boolean {
  const made = (facts.volumeEvents.get(id) ?? []).find(({ type }) => type === 'VolumeProvisioned');
  const entry = made?.type === 'VolumeProvisioned' ? made.data.decision?.entry : undefined;
  return entry !== undefined && entry !== null && corrupted.has(`volume-${entry.imageVolumeId}`);
}

/** What holds when all is healed, all that was owed is done, and nothing happens any more. */
export function checkAtRest(world: World, doer: Doer): void {
  checkBytes(world, doer);
  for (const { id } of doer.volumes) {
    everyCreateEnded(world, id);
    countedOnce(world, id);
  }
  nothingOpen(world);
  for (const pool of world.pools) {
    nothingHeld(world, doer, pool);
    nothingLeftOver(world, doer, pool);
    rebuiltIsLive(world, pool);
  }
}

const ends = ['provisioned', 'error', 'deleted', 'error-deleting'];

function everyCreateEnded({ facts }: World, id: VolumeId): void {
  const volume = facts.volume(id);
  // A request that was never stored was never accepted.
  if (volume.status === 'absent') return;
  const owed = owedSteps(volume);
  if (!ends.includes(volume.status) || owed.length > 0) {
    const found = `${id} is ${volume.status} and owed ${JSON.stringify(owed.map((step) => step.do))}`;
    throw new BrokenPromiseError('P7 every accepted create ends', found);
  }
  if (volume.status !== 'error' || volume.failure.reason !== '') return;
  throw new BrokenPromiseError('P7 every accepted create ends', `${id} failed without a reason`);
}

const endings: readonly VolumeEvent['type'][] = ['VolumeProvisioned', 'VolumeCreateFailed', 'VolumePlacementFailed'];
const counted = { hit: 'hit', joined: 'hit', miss: 'miss', bypass: undefined } as const;

function countedOnce({ facts, pools }: World, id: VolumeId): void {
  const promise = 'P8 exactly one decision event per create';
  const all = facts.volumeEvents.get(id) ?? [];
  if (all.length === 0) return;
  const [end, ...more] = all.filter(({ type }) => endings.includes(type));
  const wasDeleted = all.some(({ type }) => type === 'VolumeDeletionRequested');
  if ((!end && !wasDeleted) || more.length > 0) {
    throw new BrokenPromiseError(promise, `${id} has ${end ? 1 + more.length : 0} ends`);
  }
  const uses = pools
    .flatMap((pool) => facts.cacheCommits.get(pool) ?? [])
    .flatMap(({ events }) => events.filter((event) => isUseOf(event, id)));
  if (uses.length > 1) throw new BrokenPromiseError(promise, `the caches counted ${id} ${uses.length} times`);
  if (end?.type !== 'VolumeProvisioned') return;
  const outcome = end.data.decision?.outcome;
  const expected = outcome && counted[outcome];
  if (uses[0]?.type !== expected) {
    throw new BrokenPromiseError(promise, `${id} was a ${outcome}, and the caches counted ${uses[0]?.type}`);
  }
}

const isUseOf = ({ type, data }: ImageCacheEvent, id: VolumeId) =>
  (type === 'hit' || type === 'miss') && data.volumeId === id;

function nothingOpen({ images }: World): void {
  const { openNow } = images.places;
  if (openNow > 0) throw new BrokenPromiseError('nothing leaks', `${openNow} files of images are open`);
}

const isGone = ({ images }: World['images'], imageId: string) =>
  images.some(({ identity, status }) => identity.id === imageId && status === 'deleted');

/**
 * Where not one of several cached images is there, the image service is rather that of another cloud: then all stays. Once fewer are left,
 * by a limit say, the grace period begins.
 */
function isDoubted({ facts, images, pools, time }: World, stale: CacheEntry, pool: PoolRef): boolean {
  const entries = pools.flatMap((each) => [...facts.cache(each).entries.values()]);
  const live = entries.filter(({ status }) => status !== 'retired');
  if (live.some(({ imageId }) => !isGone(images, imageId))) return false;
  if (isFoundGone(stale)) return !isPastGrace(stale, facts.settingsOf(pool)!, time.now);
  const undecided = live.filter((entry) => entry.status === 'ready' && !isFoundGone(entry));
  return new Set(undecided.map(({ imageId }) => imageId)).size >= doubtedMin;
}

const isFoundGone = ({ suspended }: Pick<CacheEntry, 'suspended'>) =>
  suspended !== undefined && suspended.cause !== 'deactivated';

const doubtedMin = 3;

function nothingHeld(world: World, { trouble: { corrupted } }: Doer, pool: PoolRef): void {
  const { facts, images } = world;
  const cache = facts.cache(pool);
  if (cache.claims.size > 0) {
    throw new BrokenPromiseError('P7 every accepted create ends', `${pool} has claims of ${[...cache.claims.keys()]}`);
  }
  const filling = [...cache.entries.values()].find(({ status }) => status === 'filling');
  if (filling) throw new BrokenPromiseError('P7 every accepted create ends', `${pool} fills ${filling.generation}`);
  const [prefetch] = cache.prefetches.values();
  if (prefetch && !cache.off) {
    throw new BrokenPromiseError('every prefetch ends', `${pool} owes ${JSON.stringify(prefetch)}`);
  }
  const bad = [...cache.entries.values()].find(
    ({ status, imageVolumeId }) => status === 'ready' && corrupted.has(`volume-${imageVolumeId}`),
  );
  if (bad) throw new BrokenPromiseError('a copy that went bad serves no longer', `${pool}: ${bad.generation}`);
  // The janitor has seen that they are gone, and the grace period is over.
  const stale = [...cache.entries.values()].find(
    (entry) => entry.status === 'ready' && isGone(images, entry.imageId) && isEvictable(cache, entry),
  );
  if (stale && facts.isEnabled(pool) && !isDoubted(world, stale, pool)) {
    throw new BrokenPromiseError('what is deleted leaves no entry', `${pool} has generation ${stale.generation}`);
  }
  const limits = facts.limitsOf(pool);
  if (!limits || !facts.isEnabled(pool) || !isOverLimits(cache.usage, limits)) return;
  const spare = [...cache.entries.values()].find((entry) => isEvictable(cache, entry));
  if (!spare) return;
  const found = `${pool} holds ${JSON.stringify(cache.usage)} with ${JSON.stringify(limits)}`;
  throw new BrokenPromiseError('P6 limits hold', `${found}, and could give up generation ${spare.generation}`);
}

/** On the backend: the volumes that are there, the copies that serve, and nothing else. */
function nothingLeftOver(world: World, doer: Doer, pool: PoolRef): void {
  const backend = world.backendOf(pool);
  const expected = new Map<string, number>();
  const possible = new Set<string>();
  for (const { id, sizeGib } of doer.volumes) {
    const volume = world.facts.volume(id);
    // What is left of one that failed goes when it is deleted, or at a look that compares.
    if (volume.status === 'error-deleting' || volume.status === 'error') possible.add(`volume-${id}`);
    if (volume.status === 'provisioned' && volume.pool === pool) expected.set(`volume-${id}`, sizeGib);
  }
  for (const { status, imageVolumeId, sizeGib } of world.facts.cache(pool).entries.values()) {
    const name = `volume-${imageVolumeId}`;
    if (status === 'ready') expected.set(name, sizeGib);
    // It counts no more, and goes with its last clone.
    if (status === 'retired' && backend.rules.refusesRemoval && backend.hasClones(name)) possible.add(name);
  }
  const found = new Set<string>();
  for (const [name, { sizeGib }] of backend.memory.objects) {
    if (expected.get(name) === sizeGib || possible.has(name)) expected.delete(name);
    else if (doer.trouble.foreign.has(`${pool} ${name}`)) found.add(name);
    else if (expected.has(name)) {
      throw new BrokenPromiseError('P5 accounted = on the backend', `${name} on ${pool} has ${sizeGib} GiB`);
    } else throw new BrokenPromiseError('P14 nothing is orphaned', `${name} of ${sizeGib} GiB is left on ${pool}`);
  }
  const taken = [...doer.trouble.foreign].find(
    (one) => one.startsWith(`${pool} `) && !found.has(one.slice(pool.length + 1)),
  );
  if (taken !== undefined) throw new BrokenPromiseError('nothing of others is touched', `${taken} was removed`);
  const [missing] = expected.keys();
  if (missing !== undefined)
    throw new BrokenPromiseError('P5 accounted = on the backend', `${missing} is not on ${pool}`);
}

/** Folded event by event from nothing, and from any snapshot on the way, it is what it was as it happened. */
function rebuiltIsLive({ facts, random }: World, pool: PoolRef): void {
  const events = (facts.cacheCommits.get(pool) ?? []).flatMap((commit) => commit.events);
  const live = textOfCache(facts.cache(pool));
  const cut = random.below(events.length + 1);
  const early = fold(imageCacheDecider, events.slice(0, cut));
  const kept = decodeImageCache(JSON.parse(JSON.stringify(encodeImageCache(early))));
  for (const start of [early, kept]) {
    const rebuilt = fold(imageCacheDecider, events.slice(cut), start);
    if (textOfCache(rebuilt) === live) continue;
    throw new BrokenPromiseError('P9 rebuild = live', `${pool} is another when it is rebuilt from event ${cut} on`);
  }
}
