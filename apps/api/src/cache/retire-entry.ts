import type { Generation } from '@hearth/kernel';
import type { CacheEntryView } from '@hearth/read-model';
import type { CallContext } from '../http/request-context';
import type { VolumeServices } from '../volumes/volume-services';
import { actOf, decide, openPoolCache } from './pool-cache';

/**
 * Takes an entry that is ready out of service at an administrator's word, in use or not: clones that run go on, and its image-volume goes
 * when nothing needs it. Harmless for one that does not serve any more. Resolves with the entry as it was stored.
 * Throws the fault of a refusal.
 */
export async function retireEntry(
  services: VolumeServices,
  entry: CacheEntryView,
  call: CallContext,
): Promise<CacheEntryView> {
  const { pool, generation, imageVolumeId } = entry;
  const cache = await openPoolCache(services, pool);
  const act = actOf(services, call);
  const command = { do: 'RetireEntry', generation: generation as Generation, reason: 'manual', ...act } as const;
  const { sequence } = await decide(cache, command, imageVolumeId, call);
  await services.projected(sequence);
  const { by, at } = act;
  return { ...entry, status: 'retired', retireReason: 'manual', retiredAt: at, retiredBy: by, updatedAt: at };
}
