import type { ObjectRef, OpenImage, PlaceOfImage } from '@hearth/driver-api';
import { createHash } from 'node:crypto';
import { FillError } from '../../../../apps/volume-manager/src/fill/fill-error';
import type { ImageAtPlace } from '../../../../apps/volume-manager/src/fill/verify-place';
import type { WrittenImage } from '../../../../apps/volume-manager/src/fill/write-image';

interface File {
  readonly bytes: Buffer;
  readonly version: string;
}

/** How a backend makes an object of a file's bytes. */
export type Share = (bytes: Buffer, target: ObjectRef, sizeGib: number) => Promise<string>;

const urlOf = (imageId: string): string => `file:///images/${imageId}`;

/** Files of images that lie beside the volumes, which somebody may change behind the image service's back. */
export class ImagePlaces {
  private readonly files = new Map<string, File>();
  private versions = 0;
  /** Files that are open, each with the way to tell whether who opened it is no more. */
  private readonly open = new Set<() => boolean>();

  has(imageId: string): boolean {
    return this.files.has(urlOf(imageId));
  }

  put(imageId: string, bytes: Buffer): void {
    this.versions += 1;
    this.files.set(urlOf(imageId), { bytes, version: `${this.versions}` });
  }

  remove(imageId: string): void {
    this.files.delete(urlOf(imageId));
  }

  /** Another byte is in it. */
  tamper(imageId: string): void {
    const file = this.files.get(urlOf(imageId));
    if (!file) return;
    const bytes = Buffer.from(file.bytes);
    bytes[11]! ^= 1;
    this.put(imageId, bytes);
  }

  urlsOf(imageId: string): readonly string[] {
    const url = urlOf(imageId);
    return this.files.has(url) ? [url] : [];
  }

  /** Files that processes hold open which live. */
  get openNow(): number {
    return [...this.open].filter((isGone) => !isGone()).length;
  }

  /** As a driver has it that can share a file's storage. */
  openImage(
    { url }: PlaceOfImage,
    share: Share,
    isGone: () => boolean,
  ): OpenImage | { readonly unfit: 'place-not-found' } {
    const file = this.files.get(url);
    if (!file) return { unfit: 'place-not-found' };
    const { bytes, version } = file;
    const opened = () => isGone();
    this.open.add(opened);
    return {
      sizeBytes: bytes.length,
      version,
      read: async (offset, target) => void bytes.copy(target, 0, offset),
      cloneTo: async (target, sizeGib) => {
        if (this.files.get(url)?.version !== version) return { unfit: 'changed' };
        return { cloneMethod: await share(bytes, target, sizeGib) };
      },
      close: async () => void this.open.delete(opened),
    };
  }
}

/** Reads a file to its end, and judges it by its image's hash. */
export async function verifyFile({ image, place }: ImageAtPlace): Promise<WrittenImage> {
  const bytes = Buffer.alloc(place.sizeBytes);
  await place.read(0, bytes);
  const hash = createHash('sha512').update(bytes).digest('hex');
  if (hash !== image.osHashValue) {
    throw new FillError({ code: 'image.hash_mismatch', reason: 'The file is not the image.' });
  }
  return {
    ...{ virtualSizeBytes: bytes.length, digest: `sha512:${hash}`, verifiedBy: 'os_hash', contentDigest: undefined },
    ...{ signature: 'absent', ignoredChecks: [], source: { kind: 'image-service', host: null, declined: [] } },
    ...{ bytesDownloaded: 0, bytesWritten: 0, durationsMs: {} },
  };
}
