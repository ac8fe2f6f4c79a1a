import type { ImageCacheEvent } from '@hearth/contracts';
import type { CommandOf } from './image-cache.commands';
import type { ImageCache } from './image-cache.state';

/** Pinned again with another note, the note changes. */
export function pinImage(
  { imageId, note, by, at }: CommandOf<'PinImage'>,
  cache: ImageCache,
): readonly ImageCacheEvent[] {
  const pin = cache.pins.get(imageId);
  return pin?.note === note ? [] : [{ type: 'pinned', data: { imageId, by, note, at } }];
}

export function unpinImage(
  { imageId, by, at }: CommandOf<'UnpinImage'>,
  cache: ImageCache,
): readonly ImageCacheEvent[] {
  return cache.pins.has(imageId) ? [{ type: 'unpinned', data: { imageId, by, at } }] : [];
}
