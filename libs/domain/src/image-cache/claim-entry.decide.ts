import type { ImageCacheEvent, RefusalCode } from '@hearth/contracts';
import { type Decision, type Generation, assertNever, isRefusal, refuse } from '@hearth/kernel';
import { admission } from './admission.decide';
import type { ClaimRequest, CommandOf } from './image-cache.commands';
import { evolve } from './image-cache.evolve';
import { type CacheEntry, type Claim, type ImageCache, claimOf, entryOf, servingEntry } from './image-cache.state';
import { evicted } from './retire.decide';
import { startFill } from './start-fill.decide';

type CacheDecision = Decision<ImageCacheEvent, RefusalCode>;

/**
 * One create asks for its image. Single flight per content: the first begins the fill, those who come while it runs join it,
 * those who come later clone. A create that asks again (a nudge more, a process that died) goes on where it stood.
 */
export function claimEntry(command: CommandOf<'ClaimEntry'>, cache: ImageCache): CacheDecision {
  const held = claimOf(cache, command.volumeId);
  if (held?.entry) return goOn(command, cache, held.claim, held.entry);
  return serve(command, cache, undefined);
}

/** A copy that nobody waits for: nothing is to be done when one is there or under way already. */
export function beginFill(command: CommandOf<'BeginFill'>, cache: ImageCache): CacheDecision {
  const { prefetchId, image, content } = command;
  if (servingEntry(cache, content)) return [];
  const prefetch = cache.prefetches.get(image.id);
  if (prefetchId !== undefined && (prefetch?.prefetchId !== prefetchId || prefetch.cancelled)) {
    return refuse('image-cache.prefetch_not_found', { prefetchId });
  }
  return startFill(command, cache, { volumeId: null, prefetchId });
}

/**
 * The lease goes with the entry. Whoever else meets the limit at the same time finds the successor being filled; where there can be
 * none, the create holds nothing more, and asks anew to hear why.
 */
export function supersedeEntry(command: CommandOf<'SupersedeEntry'>, cache: ImageCache): CacheDecision {
  const { generation, volumeId, at } = command;
  const entry = entryOf(cache, generation);
  const claim = cache.claims.get(volumeId);
  const isHolder = claim?.generation === generation && claim.stage === 'leased';
  const retired = entry?.status === 'ready' ? [evicted(entry, 'clone-limit', { at })] : [];
  if (!isHolder) return retired;
  const reason = 'the entry bears no more clones';
  const given: ImageCacheEvent[] = [...retired, { type: 'lease-ended', data: { generation, volumeId, reason } }];
  const next = serve(command, given.reduce(evolve, cache), claim, generation);
  return isRefusal(next) ? given : [...given, ...next];
}

function goOn(command: ClaimRequest, cache: ImageCache, claim: Claim, entry: CacheEntry): CacheDecision {
  switch (entry.status) {
    case 'filling':
      return [];
    case 'ready':
      return claim.stage === 'leased' ? [] : ofReady(command, cache, { entry, claim });
    case 'retired':
      return ofRetired(command, cache, claim, entry);
    default:
      return assertNever(entry.status);
  }
}

/**
 * A lease keeps the image-volume of a retired entry alive; everybody else looks for a successor, or learns of the failure. The lease of
 * a quarantined copy is kept too, for what an earlier attempt may have cloned under it: whoever holds it removes that, returns the
 * lease and asks anew (see `isQuarantined`).
 */
function ofRetired(command: ClaimRequest, cache: ImageCache, claim: Claim, entry: CacheEntry): CacheDecision {
  if (claim.stage === 'leased') return [];
  if (entry.failure?.failure.code === 'cache.not_admitted') {
    return refuse('image-cache.larger_than_cache', { generation: entry.generation });
  }
  const isFiller = entry.filler.volumeId === command.volumeId;
  if (entry.failure && (!entry.failure.transient || (entry.failure.ofFiller && isFiller))) {
    return refuse('image-cache.fill_failed', { generation: entry.generation, code: entry.failure.failure.code });
  }
  return serve(command, cache, claim);
}

/** `claim` is what the create held before; `successorOf` the entry that it cannot clone any more. */
function serve(
  command: ClaimRequest,
  cache: ImageCache,
  claim: Claim | undefined,
  successorOf?: Generation,
): CacheDecision {
  const serving = servingEntry(cache, command.content);
  // Who held a claim when the cache was switched off is served by what is there; nothing new is made for it.
  if (cache.off && (!claim || !serving)) return refuse('image-cache.switched_off');
  switch (serving?.status) {
    case 'ready':
      return ofReady(command, cache, { entry: serving, claim });
    case 'filling':
      return isSuspendedFor(command, serving) ? suspended(serving) : [joined(command, serving)];
    default: {
      const { volumeId, projectId } = command;
      const answer = claim || successorOf !== undefined ? 'admitted' : admission(command, cache);
      if (answer !== 'admitted') return answer;
      const started = startFill(command, cache, { volumeId, projectId, successorOf });
      return command.hasQuota === false && !isRefusal(started) ? refuse('image-cache.over_quota') : started;
    }
  }
}

/** An entry that bears no more clones is retired, and the create that found it so begins the fill of its successor. */
function ofReady(
  command: ClaimRequest,
  cache: ImageCache,
  { entry, claim }: { readonly entry: CacheEntry; readonly claim: Claim | undefined },
): CacheDecision {
  const { volumeId, cloneLimit = 0, at } = command;
  const { generation } = entry;
  if (isSuspendedFor(command, entry)) return suspended(entry);
  if (cloneLimit > 0 && entry.dependants + entry.leases >= cloneLimit) {
    const retired = evicted(entry, 'clone-limit', { at });
    const next = serve(command, evolve(cache, retired), claim, generation);
    return isRefusal(next) ? next : [retired, ...next];
  }
  const taken = entry.suspended ? takenOver(command, entry) : [];
  return [...taken, { type: 'leased', data: { generation, volumeId, outcome: claim?.outcome ?? 'hit', at } }];
}

/** The image it was made from cannot be used, and the create asks for no other of the same bytes. */
function isSuspendedFor({ image, content }: ClaimRequest, entry: CacheEntry): boolean {
  return entry.suspended !== undefined && (entry.imageId === image.id || entry.content !== content);
}

/** What was made from an image that cannot be used is a copy of another one of the same bytes, too: of that from now on. */
function takenOver({ image, content, at }: ClaimRequest, { generation }: CacheEntry): ImageCacheEvent[] {
  return [
    { type: 'identified', data: { generation, image, content } },
    { type: 'resumed', data: { generation, imageId: image.id, at } },
  ];
}

function suspended({ generation, suspended: why }: CacheEntry): CacheDecision {
  return refuse('image-cache.suspended', { generation, cause: why?.cause ?? null });
}

function joined({ volumeId }: ClaimRequest, { generation }: CacheEntry): ImageCacheEvent {
  return { type: 'joined', data: { generation, volumeId } };
}
