import type { ShownImage } from '@hearth/openstack-clients';

/** Finds images with a caller's own rights. */
export interface ImageLookup {
  /**
   * `reference` is an id, a URL that ends in one, or a name. Throws a fault: 400 for an image that is not there or not for this
   * caller, 409 for a name that several have, 503 when the image service is away.
   */
  resolve(reference: string, token: string): Promise<ShownImage>;
}
