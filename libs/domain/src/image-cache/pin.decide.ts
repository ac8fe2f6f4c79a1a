import { type Actor, cacheBounds, type ImageCacheEvent, type RefusalCode } from '@hearth/contracts';
import { type Decision, refuse } from '@hearth/kernel';
import type { CommandOf } from './image-cache.commands';
import type { ImageCache } from './image-cache.state';

/**
 * Pinned again with another note, the note changes. What a policy has pinned becomes the user's who pins it too, and no policy takes a
 * user's pin over.
 */
export function pinImage(
  { imageId, note, by, at }: CommandOf<'PinImage'>,
  cache: ImageCache,
): Decision<ImageCacheEvent, RefusalCode> {
  const max = cacheBounds.noteLengthMax;
  if (note !== null && [...note].length > max) return refuse('image-cache.note_too_long', { max });
  const pin = cache.pins.get(imageId);
  const isSame = pin?.note === note && policyOf(pin.by) === policyOf(by);
  const isTakeover = pin !== undefined && policyOf(pin.by) === undefined && policyOf(by) !== undefined;
  return isSame || isTakeover ? [] : [{ type: 'pinned', data: { imageId, by, note, at } }];
}

/** A user takes any pin away, a policy its own alone. */
export function unpinImage(
  { imageId, by, at }: CommandOf<'UnpinImage'>,
  cache: ImageCache,
): readonly ImageCacheEvent[] {
  const pin = cache.pins.get(imageId);
  const policyId = policyOf(by);
  const mayUnpin = pin !== undefined && (policyId === undefined || policyOf(pin.by) === policyId);
  return mayUnpin ? [{ type: 'unpinned', data: { imageId, by, at } }] : [];
}

const policyOf = (by: Actor): string | undefined => ('policyId' in by ? by.policyId : undefined);
