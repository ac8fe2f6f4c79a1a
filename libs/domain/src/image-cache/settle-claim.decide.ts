import type { Failure, ImageCacheEvent } from '@hearth/contracts';
import type { VolumeId } from '@hearth/kernel';
import { fillFailed } from './fill.decide';
import type { CommandOf } from './image-cache.commands';
import { evolve } from './image-cache.evolve';
import { type ImageCache, claimOf } from './image-cache.state';

/**
 * The end of a create: exactly one `hit` or `miss` for each that used the cache, and the claim goes with it. A miss counts
 * whether or not the volume came to be; a hit that made no volume is none.
 */
export function settleClaim(command: CommandOf<'SettleClaim'>, cache: ImageCache): readonly ImageCacheEvent[] {
  const held = claimOf(cache, command.volumeId);
  if (!held) return [];
  const { volumeId, projectId, userId, sizeGib, volumeType, requestId, succeeded } = command;
  const { generation, outcome } = held.claim;
  if (!held.entry || (!succeeded && outcome !== 'miss')) {
    const reason = 'the create ended without a volume';
    return withFill({ type: 'lease-ended', data: { generation, volumeId, reason } }, volumeId, cache);
  }
  const imageId = held.entry.imageId;
  const use = { volumeId, generation, imageId, projectId, userId, sizeGib, volumeType, requestId };
  if (outcome !== 'miss') return [{ type: 'hit', data: { ...use, joined: outcome === 'joined' } }];
  return withFill({ type: 'miss', data: { ...use, failed: !succeeded } }, volumeId, cache);
}

/** The create goes on without this copy: it may claim another, or be served without the cache. */
export function returnLease(
  { volumeId, reason }: CommandOf<'ReturnLease'>,
  cache: ImageCache,
): readonly ImageCacheEvent[] {
  const claim = cache.claims.get(volumeId);
  if (!claim) return [];
  return withFill({ type: 'lease-ended', data: { generation: claim.generation, volumeId, reason } }, volumeId, cache);
}

const givenUp: Failure = { code: 'image.copy_failed', reason: 'The create that copied the image went on without it.' };

/**
 * A fill goes with the claim of the create that began it: nobody else would run it. That is no failure of the image's: whoever waits
 * begins another, however often that has happened.
 */
function withFill(end: ImageCacheEvent, volumeId: VolumeId, cache: ImageCache): readonly ImageCacheEvent[] {
  const entry = claimOf(cache, volumeId)?.entry;
  if (entry?.status !== 'filling' || entry.filler.volumeId !== volumeId) return [end];
  return [end, ...fillFailed(evolve(cache, end), entry, { failure: givenUp, handedOn: 'of-filler' })];
}
