import type { ImageIdentity } from '@hearth/contracts';
import { type ImageUpload, ImageUploadError } from '@hearth/openstack-clients';
import { setTimeout as pause } from 'node:timers/promises';

export interface PlaceOptions {
  readonly images: ImageUpload;
  readonly signal: AbortSignal;
  /** Waits between looks at an image that is not active yet: newer image services place it in the background. In milliseconds. */
  readonly waitsMs?: readonly number[];
}

const waitsMsDefault = [200, 500, 1_000, 2_000, 5_000, 10_000];

/**
 * Makes a URL the place of an image's bytes; gives the image as it is then, undefined where the image service does not allow it. An image
 * that is active already was placed by a process before us, unless its bytes are known to be elsewhere: then it is as one that may not be
 * placed. Throws `ImageUploadError`.
 */
export async function placeImage(
  imageId: string,
  url: string,
  { images, signal, waitsMs = waitsMsDefault }: PlaceOptions,
): Promise<ImageIdentity | undefined> {
  const before = await images.show(imageId, { signal });
  if (before.status === 'active')
    return (await isElsewhere(imageId, url, { images, signal })) ? undefined : before.identity;
  if (!(await images.addLocation(imageId, url, { signal }))) return undefined;
  for (const waitMs of waitsMs) {
    const { status, identity } = await images.show(imageId, { signal });
    if (status === 'active') return identity;
    await pause(waitMs, undefined, { signal });
  }
  throw new ImageUploadError('broken', `image ${imageId} was given a place and is not active`);
}

/** Where nobody tells the places of an image, they are not known to be others. */
async function isElsewhere(imageId: string, url: string, { images, signal }: PlaceOptions): Promise<boolean> {
  try {
    const places = await images.locations(imageId, { signal });
    return places.length > 0 && !places.includes(url);
  } catch (error) {
    if (!(error instanceof ImageUploadError)) throw error;
    return false;
  }
}
