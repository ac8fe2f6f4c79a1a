import { type CacheEntry, contentKey, servingEntry } from '@hearth/domain';
import { canClone } from '@hearth/driver-api';
import { wasRefused } from '@hearth/event-sourcing';
import { type VolumeId, gibToBytes } from '@hearth/kernel';
import type { Host } from '../host/host';
import { hasQuotaFor } from '../host/internal-quota';
import { untilStored } from '../host/until-stored';
import { type Pool, limitsOf } from '../pools/pool';
import { runFill } from '../pools/run-fill';

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
      else if (begun) await fill(host, pool, begun, signal);
    });
  } catch (error) {
    if (signal.aborted) throw error;
    host.log.warn('a copy could not be filled again; the next create of its image does it', { ...about, error });
  }
}

interface Beginning {
  readonly signal: AbortSignal;
  readonly internalTenant: NonNullable<Pool['backend']['internalTenant']>;
}

/** The entry that is ours to fill; undefined when there is one under way or ready; why not, when it may not be. */
async function begin(
  host: Host,
  pool: Pool,
  { image, sizeGib }: CacheEntry,
  { signal, internalTenant }: Beginning,
): Promise<CacheEntry | string | undefined> {
  const hashesTrusted = pool.backend.config.image_hashes_trusted;
  const content = contentKey(image, { hashesTrusted, signaturesVerified: host.signaturesVerified });
  const imageVolumeId = host.newId() as VolumeId;
  const question = { projectId: internalTenant.projectId, sizeGib };
  if (!(await hasQuotaFor(host, pool, question))) return 'internal-quota';
  const answer = await untilStored(signal, () =>
    pool.cache.submit({
      ...{ do: 'BeginFill', image, content, sizeGib, imageVolumeId },
      limits: limitsOf(pool),
      filler: { host: host.name, incarnation: host.incarnation },
      internalProjectId: internalTenant.projectId,
      internalUserId: internalTenant.userId,
      at: host.now(),
    }),
  );
  if (wasRefused(answer)) return answer.refused;
  const entry = servingEntry(answer.state, content);
  return entry?.imageVolumeId === imageVolumeId ? entry : undefined;
}

/** Nobody takes up a fill whose process lives: one that ends without an outcome is given up, for those who have joined it. */
async function fill(host: Host, pool: Pool, entry: CacheEntry, signal: AbortSignal): Promise<void> {
  const { image, generation, sizeGib } = entry;
  const virtualSizeBytesMax = Math.max(gibToBytes(sizeGib), image.virtualSizeBytes ?? 0);
  try {
    await runFill({ host, pool, image, volumeId: null, context: {}, virtualSizeBytesMax, signal }, entry);
  } catch (error) {
    if (signal.aborted) throw error;
    const failure = { code: 'image.copy_failed', reason: 'The image could not be copied again.' } as const;
    await untilStored(signal, () => pool.cache.submit({ do: 'FailFill', generation, failure, transient: true }));
    throw error;
  }
}
