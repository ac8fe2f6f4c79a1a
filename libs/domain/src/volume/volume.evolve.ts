import type { VolumeEvent } from '@hearth/contracts';
import { attachmentEvolutions } from './attachment.evolve';
import { detailsOf, lifecycleEvolutions } from './lifecycle.evolve';
import { snapshotEvolutions } from './snapshot.evolve';
import type { Evolutions, LiveVolume, Volume } from './volume.state';
import { workEvolutions } from './work.evolve';

const evolutions: Evolutions<Exclude<VolumeEvent['type'], 'VolumeRequested'>> = {
  ...lifecycleEvolutions,
  ...workEvolutions,
  ...snapshotEvolutions,
  ...attachmentEvolutions,
};

/** Total: an event that does not belong to the status leaves the volume as it is. */
export function evolve(volume: Volume, event: VolumeEvent): Volume {
  if (event.type === 'VolumeRequested') {
    if (volume.status !== 'absent') return volume;
    const { data: request } = event;
    return { status: 'requested', request, details: detailsOf(request), tried: [], lastFailure: undefined };
  }
  if (volume.status === 'absent' || volume.status === 'deleted') return volume;
  const change = evolutions[event.type] as (before: LiveVolume, data: VolumeEvent['data']) => Volume;
  return change(volume, event.data);
}
