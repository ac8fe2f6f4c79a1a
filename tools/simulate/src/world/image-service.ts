import { ImageServiceError, type ShownImage } from '@hearth/openstack-clients';
import type { FailureCode, ImageIdentity } from '@hearth/contracts';
import { FillError } from '../../../../apps/volume-manager/src/fill/fill-error';
import type { ImageWriter } from '../../../../apps/volume-manager/src/host/host';
import { ImageShelf } from '../../../../apps/volume-manager/src/testing/image-shelf';
import { ScriptedImages } from '../../../../apps/cache-janitor/src/testing/scripted-images';

/** One image record: a family is what follow-latest policies see as one, its newest version last. */
export interface ServedImage {
  readonly identity: ImageIdentity;
  readonly family: number;
  readonly virtualGib: number;
  status: 'active' | 'deactivated' | 'deleted';
}

export const familyName = (family: number): string => `family ${family}`;

/** Images that come, change their newest version, and go. */
export class ImageService {
  readonly shelf = new ImageShelf();
  /** The records, as the janitor looks at them. */
  readonly catalogue = new ScriptedImages();
  readonly images: ServedImage[] = [];

  constructor(private readonly newId: () => string) {}

  /** A new version of a family: another image with other bytes. `headerGib`: what it turns out to be. */
  add(family: number, { virtualGib, headerGib }: { readonly virtualGib: number; readonly headerGib: number }): void {
    const identity = this.shelf.add({ id: this.newId(), name: familyName(family), virtualGib, headerGib });
    this.images.push({ identity, family, virtualGib: Math.max(virtualGib, headerGib), status: 'active' });
    this.catalogue.put(identity);
  }

  /** It is deactivated, active again, or gone for good. */
  turn(image: ServedImage, status: ServedImage['status']): void {
    if (image.status === 'deleted') return;
    image.status = status;
    if (status === 'deleted') this.catalogue.remove(image.identity.id);
    else this.catalogue.put(image.identity, status);
  }

  /** The newest version of a family that can be used. */
  latest(family: number): ServedImage | undefined {
    return this.images.findLast((image) => image.family === family && image.status === 'active');
  }

  fail(...failures: readonly FailureCode[]): void {
    this.shelf.fail(...failures);
  }

  /** The bytes of an image, though it be deleted by now. */
  bytesOf(imageId: string): Buffer {
    return this.shelf.bytesOf(imageId);
  }

  /** All that are there can be used again. */
  reactivate(): void {
    for (const image of this.images) this.turn(image, image.status === 'deleted' ? 'deleted' : 'active');
  }

  readonly write: ImageWriter = async (order) => {
    this.requireThere(order.image.id);
    const written = await this.shelf.write(order);
    this.requireThere(order.image.id);
    return written;
  };

  /** What a host is shown that asks in its own name. */
  readonly show = async (imageId: string): Promise<ShownImage> => {
    const image = this.images.find(({ identity }) => identity.id === imageId);
    if (!image || image.status === 'deleted') throw new ImageServiceError('not-found', `there is no image ${imageId}`);
    return { status: image.status, identity: image.identity };
  };

  private requireThere(imageId: string): void {
    if (!this.images.some(({ identity, status }) => identity.id === imageId && status === 'active')) {
      throw new FillError({ code: 'image.not_found', reason: 'The image cannot be read.' });
    }
  }
}
