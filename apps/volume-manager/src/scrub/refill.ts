import { type CacheEntry, contentKey } from '@hearth/domain';
import { canClone } from '@hearth/driver-api';
import type { Backend } from '../backends/backend';
import type { Host } from '../host/host';
import type { Pool } from '../pools/pool';
import { beginUnaskedFill, runUnaskedFill } from '../pools/unasked-fill';

/**
 * Fills anew what a copy that serves no longer held, though no create asks for it; creates that come meanwhile join the fill. It takes
 * its turn among the pool's other fills. A refill is a favour: one that fails, finds no room or is lost in a crash is made up for by
 * the next create, which misses; so what goes wrong is logged and nothing else.
 */
export async function refill(host: Host, pool: Pool, lost: CacheEntry, signal: AbortSignal): Promise<void> {
  const { cache, driver, internalTenant, lanes } = pool.backend;
  const about = { pool: pool.ref, imageId: lost.imageId, generation: lost.generation };
  if (cache.state !== 'enabled' || !internalTenant || !canClone(driver)) return;
  try {
    await lanes.fill(async () => {
      signal.throwIfAborted();
      const begun = await begin(host, pool, lost, { signal, internalTenant });
      if (typeof begun === 'string') host.log.info('a copy is not filled again', { ...about, reason: begun });
      else if (begun) await runUnaskedFill(host, pool, begun, signal);
    });
  } catch (error) {
    if (signal.aborted) throw error;
    host.log.warn('a copy could not be filled again; the next create of its image does it', { ...about, error });
  }
}

interface Beginning {
  readonly signal: AbortSignal;
  readonly internalTenant: NonNullable<Backend['internalTenant']>;
}

/** The entry that is ours to fill; undefined when there is one under way or ready; why not, when it may not be. */
async function begin(
  host: Host,
  pool: Pool,
  { image, sizeGib }: CacheEntry,
  beginning: Beginning,
): Promise<CacheEntry | string | undefined> {
  const hashesTrusted = pool.backend.config.image_hashes_trusted;
  const content = contentKey(image, { hashesTrusted, signaturesVerified: host.signaturesVerified });
  return beginUnaskedFill(host, pool, { image, content, sizeGib }, beginning);
}
