import { ImageServiceError, ImageUploadError, type ShownImage } from '@hearth/openstack-clients';
import type { ObjectWriter } from '@hearth/driver-api';
import type { FailureCode, ImageIdentity } from '@hearth/contracts';
import { FillError } from '../../../../apps/volume-manager/src/fill/fill-error';
import type { ImageWriter } from '../../../../apps/volume-manager/src/host/host';
import { ImageShelf } from '../../../../apps/volume-manager/src/testing/image-shelf';
import { ScriptedImages } from '../../../../apps/cache-janitor/src/testing/scripted-images';
import { ImagePlaces } from './image-places';

/** `hidden`: the service may not see it. */
export type ServedStatus = 'active' | 'deactivated' | 'hidden' | 'deleted';

/** One image record: a family is what follow-latest policies see as one, its newest version last. */
export interface ServedImage {
  identity: ImageIdentity;
  readonly family: number;
  status: ServedStatus;
}

/** What an image is made of. */
export interface ImageSizes {
  /** GiB that its record says. */
  readonly virtualGib: number;
  /** GiB that it turns out to be. */
  readonly headerGib: number;
}

export interface NewImage extends ImageSizes {
  /** It is raw, and lies where the backends can share it. */
  readonly isBeside?: boolean;
  /** Its bytes are those of the newest version there is of the family. */
  readonly isCopy?: boolean;
}

export const familyName = (family: number): string => `family ${family}`;

/** What an image service is made of that is not itself. */
export interface ServiceSurroundings {
  readonly newId: () => string;
  readonly now: () => string;
}

/** Images that come, change their record, their content or their newest version, and go. */
export class ImageService {
  /** Contents, under names of their own: an image may get another one, and two may have the same. */
  readonly shelf = new ImageShelf();
  /** The records, as the janitor looks at them. */
  readonly catalogue = new ScriptedImages();
  readonly images: ServedImage[] = [];
  readonly places = new ImagePlaces();
  /** Hashes of contents → their names. */
  private readonly contents = new Map<string, string>();
  private readonly createdAt = new Map<string, string>();
  private looksToFail = 0;
  private failing: FailureCode[] = [];
  /** Images that were deleted or hidden once. */
  readonly everGone = new Set<string>();

  constructor(private readonly around: ServiceSurroundings) {}

  /** A new version of a family: another image, with other bytes as a rule. */
  add(family: number, { isBeside = false, isCopy = false, ...sizes }: NewImage): void {
    const id = this.around.newId();
    const like = isCopy ? this.images.findLast((image) => image.family === family) : undefined;
    const format = isBeside ? ({ diskFormat: 'raw', containerFormat: 'bare' } as const) : {};
    const identity = like
      ? { ...like.identity, id, updatedAt: this.around.now() }
      : { ...this.newContent(sizes), id, name: familyName(family), ...format };
    this.createdAt.set(id, this.around.now());
    this.images.push({ identity, family, status: 'active' });
    this.tell(this.images.at(-1)!);
    if (identity.diskFormat === 'raw') this.places.put(id, this.bytesOf(identity));
  }

  /** It is deactivated, active again, not to be seen by the service, or gone for good. */
  turn(image: ServedImage, status: ServedStatus): void {
    if (image.status === 'deleted') return;
    image.status = status;
    if (status === 'deleted' || status === 'hidden') this.everGone.add(image.identity.id);
    if (status === 'deleted') this.places.remove(image.identity.id);
    this.tell(image);
  }

  /** Somebody edits the record. */
  edit(image: ServedImage): void {
    image.identity = { ...image.identity, updatedAt: this.around.now() };
    this.tell(image);
  }

  /** It gets other bytes under the same id. */
  change(image: ServedImage, sizes: ImageSizes): void {
    const { id, name, diskFormat, containerFormat } = image.identity;
    image.identity = { ...this.newContent(sizes), id, name, diskFormat, containerFormat };
    this.tell(image);
    if (this.places.has(id)) this.places.put(id, this.bytesOf(image.identity));
  }

  /** The newest version of a family that a requester may use: what is hidden from the service need not be from them. */
  latest(family: number): ServedImage | undefined {
    return this.images.findLast(
      (image) => image.family === family && (image.status === 'active' || image.status === 'hidden'),
    );
  }

  fail(...failures: readonly FailureCode[]): void {
    this.failing.push(...failures);
  }

  /** Nobody learns anything of an image the next so many times. */
  failLooks(count: number): void {
    this.looksToFail += count;
  }

  heal(): void {
    this.looksToFail = 0;
    this.failing = [];
    this.shelf.release();
  }

  /** The bytes of an image as it was then, though it be deleted or changed by now. */
  bytesOf({ osHashValue }: ImageIdentity): Buffer {
    return this.shelf.bytesOf(this.contents.get(osHashValue!)!);
  }

  /** All that are there can be used again. */
  reactivate(): void {
    for (const image of this.images) this.turn(image, image.status === 'deleted' ? 'deleted' : 'active');
  }

  readonly write: ImageWriter = async (order) => {
    this.requireThere(order.image);
    const content = this.contents.get(order.image.osHashValue!)!;
    const open: typeof order.open = async (...size) => this.troubled(await order.open(...size));
    const written = await this.shelf.write({ ...order, open, image: { ...order.image, id: content } });
    this.requireThere(order.image);
    return written;
  };

  /** What a host is shown that asks in its own name. */
  readonly show = async (imageId: string): Promise<ShownImage> => {
    if (this.isLookFailing()) throw new ImageServiceError('away', 'the image service is away');
    const image = this.find(imageId);
    if (!image) throw new ImageServiceError('not-found', `there is no image ${imageId}`);
    return { status: image.status, identity: image.identity };
  };

  /** Where an image lies, as a host is told that asks in its own name. */
  readonly locations = async (imageId: string): Promise<readonly string[]> => {
    if (this.isLookFailing()) throw new ImageUploadError('away', 'the image service is away');
    return this.find(imageId) ? this.places.urlsOf(imageId) : [];
  };

  /** The download breaks off after its first bytes where that was told. */
  private troubled(writer: ObjectWriter): ObjectWriter {
    const code = this.failing.shift();
    if (!code) return writer;
    const write: ObjectWriter['write'] = async (...args) => {
      await writer.write(...args);
      throw new FillError({ code, reason: `the history wants ${code}` });
    };
    return Object.assign(Object.create(writer) as ObjectWriter, { write });
  }

  private isLookFailing(): boolean {
    if (this.looksToFail === 0) return false;
    this.looksToFail -= 1;
    return true;
  }

  private newContent({ virtualGib, headerGib }: ImageSizes): ImageIdentity {
    const content = this.around.newId();
    const identity = this.shelf.add({ id: content, virtualGib, headerGib, updatedAt: this.around.now() });
    this.contents.set(identity.osHashValue!, content);
    return identity;
  }

  private tell({ identity, status }: ServedImage): void {
    const { id } = identity;
    if (status === 'deleted') return this.catalogue.remove(id);
    if (status === 'hidden') return this.catalogue.forbid(id);
    this.catalogue.put(identity, status, this.createdAt.get(id));
  }

  private find(imageId: string): ServedImage | undefined {
    const image = this.images.find(({ identity }) => identity.id === imageId);
    return image && image.status !== 'deleted' && image.status !== 'hidden' ? image : undefined;
  }

  /**
   * Deleted or hidden it has no bytes for anybody; deactivated it has them for a service. Of one that was changed other bytes come than
   * were asked for.
   */
  private requireThere({ id, osHashValue }: ImageIdentity): void {
    const image = this.find(id);
    if (!image) {
      throw new FillError({ code: 'image.not_found', reason: 'The image cannot be read.' });
    }
    if (image.identity.osHashValue === osHashValue) return;
    throw new FillError({ code: 'image.hash_mismatch', reason: 'The bytes are not those of the image.' });
  }
}
