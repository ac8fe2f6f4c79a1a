import type { Generation } from '@hearth/kernel';
import type { CacheEntryRow } from '@hearth/read-model';
import type { CallContext } from '../http/request-context';
import type { VolumeServices } from '../volumes/volume-services';
import { actOf, decide, openPoolCache } from './pool-cache';

/**
 * Takes an entry that is ready out of service at an administrator's word, in use or not: clones that run go on, and its image-volume goes
 * when nothing needs it. Harmless for one that does not serve any more. Throws the fault of a refusal.
 */
export async function retireEntry(
  services: VolumeServices,
  { pool, generation, imageVolumeId }: Pick<CacheEntryRow, 'pool' | 'generation' | 'imageVolumeId'>,
  call: CallContext,
): Promise<void> {
  const cache = await openPoolCache(services, pool);
  const act = actOf(services, call);
  const command = { do: 'RetireEntry', generation: generation as Generation, reason: 'manual', ...act } as const;
  const { sequence } = await decide(cache, command, imageVolumeId, call);
  await services.projected(sequence);
}
