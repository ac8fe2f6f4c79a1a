import { type ImageCache, contentKey, servingEntry } from '@hearth/domain';
import type { ImageIdentity } from '@hearth/contracts';
import type { PoolRef, VolumeId } from '@hearth/kernel';
import { BrokenPromiseError } from '../engine/broken-promise.error';
import type { World } from '../world/world';

/**
 * What holds of a create that begins when all is at rest and healed: it succeeds, and where the pool has a copy that serves, it is a hit.
 * `before`: the caches as they were. Throws `BrokenPromiseError`.
 */
export function checkOneMore(
  world: World,
  { id, image }: { readonly id: VolumeId; readonly image: ImageIdentity },
  before: ReadonlyMap<PoolRef, ImageCache>,
): void {
  const volume = world.facts.volume(id);
  if (volume.status !== 'provisioned') {
    const why = volume.status === 'error' ? `: ${volume.failure.reason}` : '';
    throw new BrokenPromiseError('with nothing wrong a create succeeds', `${id} is ${volume.status}${why}`);
  }
  const { pool } = volume;
  const cache = before.get(pool);
  const made = (world.facts.volumeEvents.get(id) ?? []).find(({ type }) => type === 'VolumeProvisioned');
  const decision = made?.type === 'VolumeProvisioned' ? made.data.decision : null;
  if (!cache || !serves(world, cache, { pool, image }) || decision?.outcome === 'hit') return;
  const found = `${id} on ${pool} was a ${decision?.outcome} (${decision?.reason}), and there was a copy`;
  throw new BrokenPromiseError('P2 what is cached serves', found);
}

/** Whether a create has to be served by the cache; not told where clones are limited, as that may have been reached. */
function serves(
  world: World,
  cache: ImageCache,
  { pool, image }: { readonly pool: PoolRef; readonly image: ImageIdentity },
): boolean {
  const { rules } = world.backendOf(pool);
  const settings = world.facts.settingsOf(pool);
  const config = world.hostOfPool(pool).configs[0]!;
  if (settings?.state !== 'enabled' || settings.cloneLimit > 0 || rules.cloneLimit > 0 || cache.off) return false;
  if (rules.sharesFiles && world.images.places.has(image.id)) return false;
  const content = contentKey(image, { hashesTrusted: config.image_hashes_trusted, signaturesVerified: true });
  const entry = servingEntry(cache, content);
  return entry?.status === 'ready' && !entry.suspended;
}
