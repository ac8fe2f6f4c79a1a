import { arePropertiesStorable, type ImageCacheEvent, type RefusalCode } from '@hearth/contracts';
import { type Decision, type Generation, type VolumeId, assertNever, refuse } from '@hearth/kernel';
import { fitsCache, planEviction } from './eviction';
import type { CommandOf, FillRequest } from './image-cache.commands';
import { type CacheEntry, type Claim, type ImageCache, claimOf, servingEntry } from './image-cache.state';
import { evicted, evictedAtOnceMax, idleEntries } from './retire.decide';

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
  return servingEntry(cache, command.content) ? [] : startFill(command, cache, null);
}

function goOn(command: CommandOf<'ClaimEntry'>, cache: ImageCache, claim: Claim, entry: CacheEntry): CacheDecision {
  switch (entry.status) {
    case 'filling':
      return [];
    case 'ready':
      return claim.stage === 'leased' ? [] : [leased(command, entry.generation, claim.outcome)];
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
function ofRetired(
  command: CommandOf<'ClaimEntry'>,
  cache: ImageCache,
  claim: Claim,
  entry: CacheEntry,
): CacheDecision {
  if (claim.stage === 'leased') return [];
  if (entry.failure?.failure.code === 'cache.not_admitted') {
    return refuse('image-cache.larger_than_cache', { generation: entry.generation });
  }
  if (entry.failure && !entry.failure.transient) {
    return refuse('image-cache.fill_failed', { generation: entry.generation, code: entry.failure.failure.code });
  }
  return serve(command, cache, claim);
}

function serve(command: CommandOf<'ClaimEntry'>, cache: ImageCache, claim: Claim | undefined): CacheDecision {
  const serving = servingEntry(cache, command.content);
  switch (serving?.status) {
    case 'ready':
      return [leased(command, serving.generation, claim?.outcome ?? 'hit')];
    case 'filling':
      return [{ type: 'joined', data: { generation: serving.generation, volumeId: command.volumeId } }];
    default:
      return startFill(command, cache, command.volumeId);
  }
}

function leased(
  { volumeId }: CommandOf<'ClaimEntry'>,
  generation: Generation,
  outcome: 'hit' | 'joined' | 'miss',
): ImageCacheEvent {
  return { type: 'leased', data: { generation, volumeId, outcome } };
}

/**
 * Makes room, then adds, in one decision, so that the limits hold at every moment, the filling entry included. What one commit could not
 * hold is not cached.
 */
function startFill(command: FillRequest, cache: ImageCache, volumeId: VolumeId | null): CacheDecision {
  const { content, image, imageVolumeId, sizeGib, filler, limits } = command;
  const { maxSizeGib, maxCount } = limits;
  if (!fitsCache(sizeGib, limits)) return refuse('image-cache.larger_than_cache', { sizeGib, maxSizeGib });

  // An image id whose content did change: the older copy is of no more use to anybody.
  const stale = idleEntries(cache).filter((entry) => entry.imageId === image.id && entry.content !== content);
  const usage = {
    sizeGib: cache.usage.sizeGib - stale.reduce((sum, entry) => sum + entry.sizeGib, 0),
    count: cache.usage.count - stale.length,
  };
  const idle = idleEntries(cache).filter((entry) => !stale.includes(entry));
  const plan = planEviction(idle, usage, { sizeGib, count: 1 }, limits);
  if (!plan || stale.length + plan.length > evictedAtOnceMax || !arePropertiesStorable(image)) {
    return refuse('image-cache.no_room', { sizeGib, maxSizeGib, maxCount });
  }

  const attempt = (cache.failedAttempts.get(content) ?? 0) + 1;
  const generation = (cache.generations + 1) as Generation;
  const { internalProjectId, internalUserId } = command;
  return [
    ...stale.map((entry) => evicted(entry, 'stale')),
    ...plan.map((entry) => evicted(entry, 'lru')),
    {
      type: 'fill-started',
      data: {
        generation,
        content,
        image,
        imageVolumeId,
        sizeGib,
        volumeId,
        ...filler,
        attempt,
        internalProjectId,
        internalUserId,
      },
    },
  ];
}
