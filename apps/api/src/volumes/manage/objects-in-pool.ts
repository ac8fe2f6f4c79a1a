import { type ManageableVolumeFields, unavailable } from '@hearth/cinder-v3';
import type { VolumeServices } from '../volume-services';

/** Ids of volumes stand in the names of their objects. */
const idPattern = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const lookedUpAtOnce = 1_000;

/**
 * What lies in a pool, each with the volume that it belongs to: its name tells of one that is there. Nothing, where the backend
 * cannot take anything over. Throws a fault of 503 while its host cannot say.
 */
export async function objectsInPool(
  { manageable, reads }: Pick<VolumeServices, 'manageable' | 'reads'>,
  pool: string,
): Promise<readonly ManageableVolumeFields[]> {
  const answer = await manageable.list(pool);
  if (!answer) throw unavailable(`The host of ${pool} does not answer just now. Please try again.`);
  if ('error' in answer) {
    if (answer.error.code === 'unsupported') return [];
    throw unavailable(`${pool} cannot be looked into just now: ${answer.error.reason}`);
  }
  const { objects } = answer;
  const known = await volumesAmong(
    reads,
    objects.flatMap(({ sourceName }) => idsIn(sourceName)),
  );
  return objects.map(({ sourceName, sizeGib }) => ({
    sourceName,
    sizeGib,
    volumeId: idsIn(sourceName).find((id) => known.has(id)) ?? null,
  }));
}

const idsIn = (name: string): readonly string[] => name.toLowerCase().match(idPattern) ?? [];

async function volumesAmong(reads: VolumeServices['reads'], ids: readonly string[]): Promise<ReadonlySet<string>> {
  const known = new Set<string>();
  for (let start = 0; start < ids.length; start += lookedUpAtOnce) {
    const some = ids.slice(start, start + lookedUpAtOnce);
    const { volumes } = await reads.listVolumes({ project: 'all', filters: { id: some }, limit: some.length });
    for (const { id } of volumes) known.add(id);
  }
  return known;
}
