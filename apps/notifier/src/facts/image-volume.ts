import type { ImageCacheEvent } from '@hearth/contracts';

/** What notices say of an image-volume, from the beginning of its fill until it is gone. */
export interface ImageVolume {
  readonly imageVolumeId: string;
  readonly imageId: string;
  readonly sizeGib: number;
  readonly projectId: string;
  readonly userId: string;
  /** The volume whose create began the fill; null for a fill that no create began. */
  readonly filledFor?: string | null;
  /** From the beginning of its fill to the end. */
  readonly filling?: boolean;
}

/** The image-volumes of one pool, by generation. */
export type ImageVolumes = ReadonlyMap<number, ImageVolume>;

/** The same after an event; the map itself is changed. */
export function applyToImageVolumes(known: Map<number, ImageVolume>, event: ImageCacheEvent): void {
  switch (event.type) {
    case 'fill-started': {
      known.set(event.data.generation, startedVolume(event.data));
      return;
    }
    case 'fill-sized': {
      const before = known.get(event.data.generation);
      if (before) known.set(event.data.generation, { ...before, sizeGib: event.data.sizeGib });
      return;
    }
    case 'create':
    case 'fill-failed': {
      const before = known.get(event.data.generation);
      if (before) known.set(event.data.generation, { ...before, filling: false });
      return;
    }
    case 'reaped':
      known.delete(event.data.generation);
      return;
    default:
      return;
  }
}

/** The image-volume of a fill that begins. */
export function startedVolume(data: Extract<ImageCacheEvent, { type: 'fill-started' }>['data']): ImageVolume {
  const { imageVolumeId, image, sizeGib, volumeId, internalProjectId, internalUserId } = data;
  const owner = { projectId: internalProjectId, userId: internalUserId };
  return { imageVolumeId, imageId: image.id, sizeGib, ...owner, filledFor: volumeId, filling: true };
}
