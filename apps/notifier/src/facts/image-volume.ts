import type { ImageCacheEvent } from '@hearth/contracts';

/** What notices say of an image-volume, from the beginning of its fill until it is gone. */
export interface ImageVolume {
  readonly imageVolumeId: string;
  readonly imageId: string;
  readonly sizeGib: number;
  readonly projectId: string;
  readonly userId: string;
}

/** The image-volumes of one pool, by generation. */
export type ImageVolumes = ReadonlyMap<number, ImageVolume>;

/** The same after an event; the map itself is changed. */
export function applyToImageVolumes(known: Map<number, ImageVolume>, event: ImageCacheEvent): void {
  switch (event.type) {
    case 'fill-started': {
      const { generation, image, imageVolumeId, sizeGib, internalProjectId, internalUserId } = event.data;
      const owner = { projectId: internalProjectId, userId: internalUserId };
      known.set(generation, { imageVolumeId, imageId: image.id, sizeGib, ...owner });
      return;
    }
    case 'fill-sized': {
      const before = known.get(event.data.generation);
      if (before) known.set(event.data.generation, { ...before, sizeGib: event.data.sizeGib });
      return;
    }
    case 'reaped':
      known.delete(event.data.generation);
      return;
    default:
      return;
  }
}
