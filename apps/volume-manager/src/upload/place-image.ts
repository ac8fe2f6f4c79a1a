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
 * Where an image's bytes are, seen from one place: it has none yet, `there`, `elsewhere`, or it has them and nobody tells where (`untold`).
 */
export type Whereabouts = 'nowhere' | 'there' | 'elsewhere' | 'untold';

export interface FoundImage {
  readonly at: Whereabouts;
  readonly image: ImageIdentity;
}

/** Looks where an image's bytes are; `url` is the place that is asked about. Throws `ImageUploadError`. */
export async function findImage(
  imageId: string,
  url: string,
  { images, signal }: Omit<PlaceOptions, 'waitsMs'>,
): Promise<FoundImage> {
  const { status, identity: image } = await images.show(imageId, { signal });
  if (status !== 'active') return { at: 'nowhere', image };
  return { at: await placeOf(imageId, url, { images, signal }), image };
}

/**
 * Makes a URL the place of an image's bytes; gives the image as it is then, undefined where the image service does not allow it, or the
 * bytes are known to be elsewhere. Where the place of an image that is active is not told, it is taken to be this one. Throws
 * `ImageUploadError`.
 */
export async function placeImage(
  imageId: string,
  url: string,
  { images, signal, waitsMs = waitsMsDefault }: PlaceOptions,
): Promise<ImageIdentity | undefined> {
  const before = await findImage(imageId, url, { images, signal });
  if (before.at !== 'nowhere') return unlessElsewhere(before);
  const isAllowed = await images.addLocation(imageId, url, { signal });
  for (const waitMs of waitsMs) {
    const found = await findImage(imageId, url, { images, signal });
    // Also where it was not allowed: what was asked twice, as the first answer was lost, is refused the second time.
    if (found.at !== 'nowhere') return unlessElsewhere(found);
    if (!isAllowed) return undefined;
    await pause(waitMs, undefined, { signal });
  }
  throw new ImageUploadError('broken', `image ${imageId} was given a place and is not active`);
}

const unlessElsewhere = ({ at, image }: FoundImage) => (at === 'elsewhere' ? undefined : image);

async function placeOf(
  imageId: string,
  url: string,
  { images, signal }: Omit<PlaceOptions, 'waitsMs'>,
): Promise<Exclude<Whereabouts, 'nowhere'>> {
  try {
    const places = await images.locations(imageId, { signal });
    if (places.length === 0) return 'untold';
    return places.includes(url) ? 'there' : 'elsewhere';
  } catch (error) {
    if (!(error instanceof ImageUploadError)) throw error;
    return 'untold';
  }
}
