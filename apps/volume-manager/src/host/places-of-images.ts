import type { ImageService, ImageUpload } from '@hearth/openstack-clients';
import type { FillTools } from '../fill/fill-work';
import { VerifiedPlaces, verifyImageAt } from '../fill/verify-place';
import type { Host } from './host';

/** What images are asked of, as a host uses it. */
export interface ImageSources {
  readonly fills: FillTools;
  readonly images: Pick<ImageService, 'show'>;
  readonly uploads: Pick<ImageUpload, 'locations'>;
}

/** Where images lie, for schemes that volumes are made from directly, and what is asked before one is taken from there. */
export function placesOfImages(
  directUrlSchemes: readonly string[],
  { fills, images, uploads }: ImageSources,
): Pick<Host, 'directUrlSchemes' | 'locationsOf' | 'verifyImageAt' | 'showImage'> {
  const verified = new VerifiedPlaces((at) => verifyImageAt(at, fills));
  return {
    directUrlSchemes,
    ...(directUrlSchemes.length > 0 && { locationsOf: (imageId, signal) => uploads.locations(imageId, { signal }) }),
    ...(directUrlSchemes.includes('file') && { verifyImageAt: (at) => verified.look(at) }),
    showImage: (imageId, signal) => images.show(imageId, { signal }),
  };
}
