import { type CacheEntry, type ImageCache, entryOf } from '@hearth/domain';
import type { BackendObject } from '@hearth/driver-api';
import type { Generation, VolumeId } from '@hearth/kernel';
import type { Host } from '../host/host';
import { type Pool, objectOf } from '../pools/pool';
import { entriesByVolume, onceImageVolumes, ownerOf, volumeOfName } from './known-objects';

export interface Orphan {
  readonly volumeId: VolumeId;
  readonly object: BackendObject;
  readonly was: 'image-volume' | 'volume';
}

/** What lies in a pool and what the log knows, beside each other. */
export interface Differences {
  readonly objects: number;
  /** Names of objects that the log never knew, or let go of. */
  readonly foreign: readonly string[];
  readonly orphans: readonly Orphan[];
  /** Entries that are ready, and whose object is not there. */
  readonly ghosts: readonly CacheEntry[];
  /** True when something that the log knows was found: a list without it may be that of another, empty place. */
  readonly hasOwn: boolean;
  readonly sizes: readonly { readonly entry: CacheEntry; readonly sizeGib: number }[];
  /** Volumes that depend on each entry, of those whose number did not move while we counted. */
  readonly dependants: readonly { readonly generation: Generation; readonly count: number; readonly was: number }[];
}

/** Streams of volumes that are read at once. */
const readsAtOnce = 16;

/**
 * Compares. The state of the cache is read before the list and after it, so that nothing counts which was made or removed meanwhile.
 * `foreign`: names that were found to be nobody's before, which are not looked up again. Throws the driver's errors, and
 * `StoreUnavailableError`.
 */
export async function compare(host: Host, pool: Pool, foreign: ReadonlySet<string>): Promise<Differences> {
  await pool.cache.refresh();
  const before = pool.cache.state();
  const listed: BackendObject[] = [];
  for await (const object of pool.backend.driver.list(objectOf(pool, '' as VolumeId).pool)) listed.push(object);
  await pool.cache.refresh();
  const byVolume = entriesByVolume(pool.cache.state());
  const owners = await ownersOf(host, pool, { listed, byVolume, foreign });
  // A fill that began while streams were read is in the state by now.
  await pool.cache.refresh();
  const after = pool.cache.state();
  const ours = entriesByVolume(after);
  const sizes = listed.flatMap((object) => sizeDifference(after, byVolume, object) ?? []);
  return {
    objects: listed.length,
    foreign: owners.foreign,
    orphans: owners.orphans.filter(({ volumeId }) => !ours.has(volumeId)),
    ghosts: await ghostsIn(pool, { before, after, names: new Set(listed.map(({ name }) => name)) }),
    hasOwn: owners.ownCount > 0 || owners.orphans.length > 0,
    sizes,
    dependants: countsOf(before, after, owners.clones),
  };
}

interface Owners {
  readonly foreign: string[];
  readonly orphans: Orphan[];
  /** Volumes made of each entry. */
  readonly clones: ReadonlyMap<Generation, number>;
  readonly ownCount: number;
}

async function ownersOf(
  host: Host,
  pool: Pool,
  {
    listed,
    byVolume,
    foreign: known,
  }: {
    readonly listed: readonly BackendObject[];
    readonly byVolume: ReadonlyMap<VolumeId, Generation>;
    readonly foreign: ReadonlySet<string>;
  },
): Promise<Owners> {
  const foreign: string[] = [];
  const orphans: Orphan[] = [];
  const unknown = new Map<VolumeId, BackendObject>();
  const clones = new Map<Generation, number>();
  let ownCount = 0;
  await each(listed, async (object) => {
    const volumeId = volumeOfName(object.name);
    if (volumeId === undefined || known.has(object.name)) return void foreign.push(object.name);
    if (byVolume.has(volumeId)) return void (ownCount += 1);
    const owner = await ownerOf(host.store, pool.ref, volumeId);
    switch (owner.of) {
      case 'volume':
        ownCount += 1;
        if (owner.clonedFrom) clones.set(owner.clonedFrom, (clones.get(owner.clonedFrom) ?? 0) + 1);
        return;
      case 'nobody':
        return void orphans.push({ volumeId, object, was: owner.was });
      case 'unknown':
        return void unknown.set(volumeId, object);
      default:
        return void foreign.push(object.name);
    }
  });
  const once = await onceImageVolumes(host.store, pool.ref, new Set(unknown.keys()));
  for (const [volumeId, object] of unknown) {
    if (once.has(volumeId)) orphans.push({ volumeId, object, was: 'image-volume' });
    else foreign.push(object.name);
  }
  return { foreign, orphans, clones, ownCount };
}

/** What a list has missed is asked for by name. */
async function ghostsIn(
  pool: Pool,
  {
    before,
    after,
    names,
  }: { readonly before: ImageCache; readonly after: ImageCache; readonly names: ReadonlySet<string> },
): Promise<CacheEntry[]> {
  const ghosts: CacheEntry[] = [];
  for (const { generation, status } of before.entries.values()) {
    const entry = entryOf(after, generation);
    if (status !== 'ready' || entry?.status !== 'ready') continue;
    const object = objectOf(pool, entry.imageVolumeId);
    if (!names.has(object.name) && !(await pool.backend.driver.describe(object))) ghosts.push(entry);
  }
  return ghosts;
}

function sizeDifference(
  cache: ImageCache,
  byVolume: ReadonlyMap<VolumeId, Generation>,
  { name, sizeGib }: BackendObject,
): Differences['sizes'][number] | undefined {
  const volumeId = volumeOfName(name);
  const generation = volumeId && byVolume.get(volumeId);
  const entry = generation && entryOf(cache, generation);
  // A damaged object has no size.
  if (!entry || entry.status !== 'ready' || entry.sizeGib === sizeGib || sizeGib < 1) return undefined;
  return { entry, sizeGib };
}

function countsOf(
  before: ImageCache,
  after: ImageCache,
  clones: ReadonlyMap<Generation, number>,
): Differences['dependants'] {
  const counts: Differences['dependants'][number][] = [];
  for (const { generation, dependants: was, uses, claims, reaped } of after.entries.values()) {
    const then = entryOf(before, generation);
    const stoodStill = then?.dependants === was && then.uses === uses && claims === 0 && then.claims === 0;
    const count = clones.get(generation) ?? 0;
    if (stoodStill && !reaped && count !== was) counts.push({ generation, count, was });
  }
  return counts;
}

async function each<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item);
  };
  await Promise.all(Array.from({ length: readsAtOnce }, worker));
}
