import type { EvictReason, ImageCacheEvent } from '@hearth/contracts';
import { type CacheEntry, imageCacheDecider, isOverLimits, partOf, possibleContentKeys } from '@hearth/domain';
import { poolParts } from '@hearth/kernel';
import { BrokenPromiseError } from '../engine/broken-promise.error';
import type { VirtualTime } from '../engine/virtual-time';
import type { CacheChange } from '../world/facts';
import type { ImageService } from '../world/image-service';
import type { InternalQuota } from '../world/internal-quota';

/** What the rules of a cache are held against. */
export interface RuleSources {
  readonly images: ImageService;
  readonly quota: InternalQuota;
  readonly time: VirtualTime;
}

/** The rules that hold in every pool with every fact of a commit, which may hold what several decided. Throws `BrokenPromiseError`. */
export function checkRules({ before, ...change }: CacheChange, sources: RuleSources): void {
  let state = before;
  for (const event of change.events) {
    checkRule({ ...change, before: state }, event, sources);
    state = imageCacheDecider.evolve(state, event);
  }
}

/** `change.before` is what was there when the fact was decided. */
function checkRule(change: CacheChange, event: ImageCacheEvent, sources: RuleSources): void {
  switch (event.type) {
    case 'leased':
      servesOnlyWhatServes(change, event);
      return withinCloneLimit(change, event);
    case 'joined':
      return servesOnlyWhatServes(change, event);
    case 'fill-started':
      withinQuota(change, sources);
      withinShare(change, event);
      return asAdmitted(change, event);
    case 'identified':
      return takenOverForATwin(change, event);
    case 'prefetch-ended':
      return endsOnce(change, event);
    case 'evict':
      pinnedStay(change, event);
      return goesForItsReason(change, event, sources);
    default:
  }
}

type Of<Type extends ImageCacheEvent['type']> = Extract<ImageCacheEvent, { type: Type }>;

function servesOnlyWhatServes({ pool, before, events }: CacheChange, { data }: Of<'leased' | 'joined'>): void {
  const { generation, volumeId } = data;
  const entry = before.entries.get(generation);
  // Who gives up one entry for another in one decision holds a claim all the time.
  const gaveUp = events.some((event) => event.type === 'lease-ended' && event.data.volumeId === volumeId);
  const isNew = !before.claims.has(volumeId) && !gaveUp;
  const found = entry ? whyNot(entry) : 'unknown';
  const why = found ?? (before.off && isNew ? 'switched off' : undefined);
  if (why === undefined) return;
  const promise = 'what serves no longer serves nobody';
  throw new BrokenPromiseError(promise, `generation ${generation} of ${pool} is ${why}, and ${volumeId} got it`);
}

function whyNot({ status, suspended }: CacheEntry): string | undefined {
  if (status === 'retired') return 'retired';
  return suspended && 'suspended';
}

/** No volume is uploaded here: what a ready copy is of changes only with the image that asks for its bytes. */
function takenOverForATwin({ pool, before }: CacheChange, { data }: Of<'identified'>): void {
  const { generation, image, content } = data;
  const entry = before.entries.get(generation);
  if (entry?.suspended && entry.imageId !== image.id && entry.content === content) return;
  const found = `generation ${generation} of ${pool}, of ${entry?.imageId}, was taken over for ${image.id}`;
  throw new BrokenPromiseError('what serves no longer serves nobody', found);
}

function withinCloneLimit({ pool, before, settings }: CacheChange, { data: { generation } }: Of<'leased'>): void {
  const entry = before.entries.get(generation);
  const limit = settings?.cloneLimit ?? 0;
  if (limit === 0 || !entry || entry.dependants + entry.leases < limit) return;
  const found = `generation ${generation} of ${pool} has ${entry.dependants} clones and ${entry.leases} leases`;
  throw new BrokenPromiseError('no entry bears more clones than its limit', `${found}; the limit is ${limit}`);
}

function withinQuota({ pool }: CacheChange, { quota }: RuleSources): void {
  if (quota.take(poolParts(pool).host)) return;
  const found = `${pool} begins an image-volume, and its host was never told that there is room for it`;
  throw new BrokenPromiseError('P15 over the internal quota no entry is made', found);
}

/** Of each limit a project's creates fill no more than its share. */
function withinShare({ pool, before, limits }: CacheChange, { data }: Of<'fill-started'>): void {
  const { projectId, sizeGib } = data;
  const percent = limits?.projectSharePercent ?? 0;
  if (!limits || percent === 0 || projectId === undefined) return;
  const own = [...before.entries.values()].filter(
    (entry) => entry.status !== 'retired' && entry.projectId === projectId,
  );
  const has = { count: own.length + 1, sizeGib: own.reduce((sum, entry) => sum + entry.sizeGib, sizeGib) };
  if (!isOverLimits(has, partOf(limits, percent))) return;
  const found = `${projectId} has ${JSON.stringify(has)} of ${JSON.stringify(limits)} in ${pool}`;
  throw new BrokenPromiseError('a project keeps to its share', found);
}

/** A create that is the first to ask is noted, where the pool wants a second one. */
function asAdmitted({ pool, before, settings }: CacheChange, { data }: Of<'fill-started'>): void {
  const { content, image, volumeId, successorOf } = data;
  if (settings?.admission.mode !== 'second-request' || volumeId === null || successorOf !== undefined) return;
  if (before.pins.has(image.id)) return;
  const asked = before.asked.recent.get(content) ?? before.asked.earlier.get(content);
  if (before.claims.has(volumeId) || (asked && asked.volumeId !== volumeId)) return;
  const found = `${pool} fills ${content} for ${volumeId}, the first to ask for it`;
  throw new BrokenPromiseError('an entry is made at the second request', found);
}

function endsOnce({ pool, before }: CacheChange, { data: { prefetchId } }: Of<'prefetch-ended'>): void {
  const isOpen = [...before.prefetches.values()].some((prefetch) => prefetch.prefetchId === prefetchId);
  if (isOpen) return;
  throw new BrokenPromiseError('every prefetch ends once', `${pool} ended ${prefetchId}, which was not under way`);
}

/** What rules of the pool's do: a pin withstands them. */
const ruled: readonly EvictReason[] = ['lru', 'limit', 'ttl', 'unused', 'drained'];

function pinnedStay({ pool, before }: CacheChange, { data }: Of<'evict'>): void {
  const { generation, imageId, reason } = data;
  if (!ruled.includes(reason)) return;
  const content = before.entries.get(generation)?.content;
  const holds = [...before.pins].some(
    ([pinned, { contents }]) => pinned === imageId || contents.some((held) => held === content),
  );
  if (!holds) return;
  throw new BrokenPromiseError('P12 pinned entries stay', `${pool} gave up generation ${generation}: ${reason}`);
}

function goesForItsReason(change: CacheChange, { data }: Of<'evict'>, { images, time }: RuleSources): void {
  const { pool, before, settings } = change;
  const { generation, reason, imageId } = data;
  const entry = before.entries.get(generation);
  const tell = (found: string) => {
    throw new BrokenPromiseError(
      'an entry goes for its reason',
      `${pool} gave up ${generation} as ${reason}: ${found}`,
    );
  };
  if (reason === 'image-deleted') {
    if (!images.everGone.has(imageId)) tell('its image was there all the time');
    const since = Date.parse(entry?.suspended?.at ?? '');
    if (settings && !(time.nowMs - since >= settings.graceSeconds * 1_000)) tell('its time of grace is not over');
  }
  if (reason === 'stale' && holdsWhatItsImageHas(change, entry, images)) tell('it holds what its image has');
  const isIdleOnly = ['lru', 'limit', 'ttl', 'unused'].includes(reason);
  if (isIdleOnly && entry && entry.claims > 0) tell(`${entry.claims} creates hold it`);
}

/** Not told of one that has a newer copy beside it: a backend whose rules have changed has two names for one content. */
function holdsWhatItsImageHas(
  { before, events }: CacheChange,
  entry: CacheEntry | undefined,
  { images }: RuleSources['images'],
): boolean {
  const image = images.find(({ identity }) => identity.id === entry?.imageId);
  if (!entry || !image || !possibleContentKeys(image.identity).includes(entry.content)) return false;
  const isNewer = ({ imageId, generation }: CacheEntry) => imageId === entry.imageId && generation > entry.generation;
  return !(
    [...before.entries.values()].some(isNewer) ||
    events.some((event) => event.type === 'fill-started' && event.data.image.id === entry.imageId)
  );
}

/** What holds when a host is about to fetch, fill or share an image's bytes. */
export function checkUse(imageId: string, wasShown: boolean): void {
  if (wasShown) return;
  const found = `the bytes of ${imageId} are used, and the image was not shown as active just before`;
  throw new BrokenPromiseError('nothing is made of an image that is not active', found);
}
