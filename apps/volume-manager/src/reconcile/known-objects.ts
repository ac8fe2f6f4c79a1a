import type { ImageCache } from '@hearth/domain';
import { type Volume, volumeDecider } from '@hearth/domain';
import type { EventStore } from '@hearth/event-sourcing';
import { type Generation, type PoolRef, type VolumeId, isUuid } from '@hearth/kernel';

/** Whose an object of a pool is, by the log. */
export type Owner =
  /** An image-volume of the pool's cache that is not gone. */
  | { readonly of: 'entry'; readonly generation: Generation }
  /** A volume that is there, here or elsewhere; `clonedFrom`: the entry of this pool that it was made of. */
  | { readonly of: 'volume'; readonly clonedFrom: Generation | undefined }
  /** Nobody any more: it was an image-volume of this pool's, or a volume that was deleted from it. */
  | { readonly of: 'nobody'; readonly was: 'image-volume' | 'volume' }
  /** The log has no such name, or let go of it on purpose: it is somebody else's. */
  | { readonly of: 'stranger' }
  /** No volume has the name; the pool's history tells whether an image-volume had it. */
  | { readonly of: 'unknown' };

/** `volume-<uuid>`, which is how the objects of volumes and image-volumes are called. */
export function volumeOfName(name: string): VolumeId | undefined {
  const id = name.startsWith('volume-') ? name.slice('volume-'.length) : '';
  return isUuid(id) ? (id as VolumeId) : undefined;
}

/** Entries by their image-volumes, as far as those are not gone. */
export function entriesByVolume({ entries }: ImageCache): ReadonlyMap<VolumeId, Generation> {
  const found = new Map<VolumeId, Generation>();
  for (const { imageVolumeId, generation, reaped } of entries.values()) {
    if (!reaped) found.set(imageVolumeId, generation);
  }
  return found;
}

/**
 * Whose the object of a volume is. A volume that was let go (unmanaged) left its object behind on purpose; one that is on another
 * pool may be on the same storage, which two pools may share; so only what was deleted is nobody's, on the pool that it was deleted
 * from and on those that its create was moved from.
 */
export async function ownerOf(store: EventStore, pool: PoolRef, volumeId: VolumeId): Promise<Owner> {
  let volume: Volume = volumeDecider.initialState;
  const placedOn = new Set<PoolRef>();
  let wasDeleted = false;
  for await (const { events } of store.read({ category: 'volume', id: volumeId })) {
    for (const event of events) {
      volume = volumeDecider.evolve(volume, event);
      if ('pool' in volume && volume.pool) placedOn.add(volume.pool);
      wasDeleted = event.type === 'VolumeDeleted';
    }
  }
  if (volume.status === 'absent') return { of: 'unknown' };
  if (volume.status === 'deleted') {
    return wasDeleted && placedOn.has(pool) ? { of: 'nobody', was: 'volume' } : { of: 'stranger' };
  }
  const entry = 'decision' in volume && volume.pool === pool ? volume.decision?.entry : undefined;
  return { of: 'volume', clonedFrom: entry?.pool === pool ? entry.generation : undefined };
}

/** Which of these were image-volumes of the pool once: a fill is recorded before its object is made. */
export async function onceImageVolumes(
  store: EventStore,
  pool: PoolRef,
  volumeIds: ReadonlySet<VolumeId>,
): Promise<ReadonlySet<VolumeId>> {
  const found = new Set<VolumeId>();
  if (volumeIds.size === 0) return found;
  for await (const { events } of store.read({ category: 'image-cache', id: pool })) {
    for (const { type, data } of events) {
      if (type === 'fill-started' && volumeIds.has(data.imageVolumeId)) found.add(data.imageVolumeId);
    }
    if (found.size === volumeIds.size) return found;
  }
  return found;
}
