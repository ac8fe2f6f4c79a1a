import type { ImageCacheEvent } from '@hearth/contracts';
import type { CommandOf } from './image-cache.commands';
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
    return [{ type: 'lease-ended', data: { generation, volumeId, reason: 'the create ended without a volume' } }];
  }
  const imageId = held.entry.imageId;
  const use = { volumeId, generation, imageId, projectId, userId, sizeGib, volumeType, requestId };
  return outcome === 'miss'
    ? [{ type: 'miss', data: { ...use, failed: !succeeded } }]
    : [{ type: 'hit', data: { ...use, joined: outcome === 'joined' } }];
}

/** The create goes on without this copy: it may claim another, or be served without the cache. */
export function returnLease(
  { volumeId, reason }: CommandOf<'ReturnLease'>,
  cache: ImageCache,
): readonly ImageCacheEvent[] {
  const claim = cache.claims.get(volumeId);
  return claim ? [{ type: 'lease-ended', data: { generation: claim.generation, volumeId, reason } }] : [];
}
