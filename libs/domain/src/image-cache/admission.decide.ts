import type { ImageCacheEvent, RefusalCode } from '@hearth/contracts';
import { type Refusal, refuse, secondsBetween } from '@hearth/kernel';
import type { ClaimRequest } from './image-cache.commands';
import { type ImageCache, askedFor } from './image-cache.state';

/**
 * Whether an image that is missing gets an entry. Where that takes a second request, of another create and within the window, the first
 * is noted and, when it asks again, refused: its image is used once, as far as anybody knows, and copying it into the cache would only
 * delay it. A pinned image needs no second request.
 */
export function admission(
  { admissionWindowSeconds, image, content, volumeId, projectId, at }: ClaimRequest,
  cache: ImageCache,
): 'admitted' | readonly ImageCacheEvent[] | Refusal<RefusalCode> {
  if (admissionWindowSeconds === undefined || cache.pins.has(image.id)) return 'admitted';
  const first = askedFor(cache, content);
  const isWithin = first !== undefined && secondsBetween(first.at, at) <= admissionWindowSeconds;
  if (isWithin && first.volumeId !== volumeId) return 'admitted';
  if (isWithin) return refuse('image-cache.not_admitted', { windowSeconds: admissionWindowSeconds });
  return [{ type: 'asked', data: { content, imageId: image.id, volumeId, projectId: projectId ?? null, at } }];
}
