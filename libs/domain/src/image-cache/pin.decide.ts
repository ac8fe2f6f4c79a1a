import { type Actor, cacheBounds, type ImageCacheEvent, type ImageIdentity, type RefusalCode } from '@hearth/contracts';
import { type Decision, refuse } from '@hearth/kernel';
import { sharedContentKeys } from './content-key';
import type { CommandOf } from './image-cache.commands';
import type { ImageCache, Pin } from './image-cache.state';

/**
 * Pinned again with another note, the note changes; so does what the pin holds where it is known only now what the image is. What a policy
 * has pinned becomes the user's who pins it too, and no policy takes a user's pin over.
 */
export function pinImage(
  { imageId, image, note, by, at }: CommandOf<'PinImage'>,
  cache: ImageCache,
): Decision<ImageCacheEvent, RefusalCode> {
  const max = cacheBounds.noteLengthMax;
  if (note !== null && [...note].length > max) return refuse('image-cache.note_too_long', { max });
  const pin = cache.pins.get(imageId);
  const contents = image ? sharedContentKeys(image) : (pin?.contents ?? []);
  const isSame = pin?.note === note && policyOf(pin.by) === policyOf(by) && holds(pin, contents);
  const isTakeover = pin !== undefined && policyOf(pin.by) === undefined && policyOf(by) !== undefined;
  return isSame || isTakeover ? [] : [pinned({ imageId, note, by, at, contents })];
}

const holds = (pin: Pin, contents: readonly string[]): boolean =>
  contents.every((content) => pin.contents.includes(content));

/** What is prefetched is pinned by whoever wants it pinned, but for a pin of a user's, or one that is somebody's own already. */
export function pinnedWith(
  { imageId, image, by, at }: Pick<CommandOf<'RequestPrefetch'>, 'imageId' | 'image' | 'by' | 'at'>,
  cache: ImageCache,
): readonly ImageCacheEvent[] {
  const held = cache.pins.get(imageId);
  if (held !== undefined && !('policyId' in held.by && 'userId' in by)) return [];
  return [pinned({ imageId, by, note: null, at, contents: image ? sharedContentKeys(image) : [] })];
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

interface Pinning extends Pick<Pin, 'note' | 'by' | 'at' | 'contents'> {
  readonly imageId: ImageIdentity['id'];
}

function pinned({ contents, ...pin }: Pinning): ImageCacheEvent {
  return { type: 'pinned', data: contents.length === 0 ? pin : { ...pin, contents: [...contents] } };
}
