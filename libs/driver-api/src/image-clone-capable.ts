import type { CloneMethod, ObjectRef, VolumeDriver } from './volume-driver';

/**
 * Why an image cannot be cloned from where it lies. None of them is an error: the image is taken another way.
 *
 * - `place-not-supported`: the URL has another scheme, names another host, or is none
 * - `place-not-allowed`: it leads out of the folders that the operator named, or to something that no image service puts there
 * - `place-not-found`: nothing is there, or we may not read it
 * - `not-a-file`: a link, a device, a pipe, a directory, an empty file
 * - `elsewhere`: it lies where the backend cannot share storage with
 * - `cannot-share`: the backend does not share storage, or not of this file
 * - `changed`: what is there is not what was opened
 */
export const imageUnfitReasons = [
  'place-not-supported',
  'place-not-allowed',
  'place-not-found',
  'not-a-file',
  'elsewhere',
  'cannot-share',
  'changed',
] as const;
export type ImageUnfit = (typeof imageUnfitReasons)[number];

/** Where the image service says that an image's bytes are. Whoever may register places has chosen the URL. */
export interface PlaceOfImage {
  readonly imageId: string;
  readonly url: string;
}

/**
 * An image's bytes where they lie, opened: it stays the same file whatever the URL names later. Every method throws `DriverError`.
 * To be closed.
 */
export interface OpenImage {
  readonly sizeBytes: number;
  /** Another one as soon as anybody has changed the bytes, or put other ones in their place. */
  readonly version: string;
  /** Fills the whole of `target` with the bytes from `offset` on. Throws `unavailable`, `failed` (also for bytes past the end). */
  read(offset: number, target: Uint8Array): Promise<void>;
  /**
   * After it, `target` is an object of its own of `sizeGib`, which is at least the image's size, whose first bytes are the image's as they
   * were when this was opened, and whose rest reads as zeros; the image may be changed and removed. An object already under the target's
   * name is the work of an earlier call if it is whole, and is replaced otherwise. Where the answer is a reason, nothing was made.
   * Throws `exists` (a whole target of another size), `full`, `busy`, `unavailable`, `failed`.
   */
  cloneTo(target: ObjectRef, sizeGib: number): Promise<ImageCloned>;
  /** A second time does nothing. */
  close(): Promise<void>;
}

export type ImageCloned = { readonly cloneMethod: CloneMethod } | { readonly unfit: ImageUnfit };

/** Making an object of an image that lies where the backend can share its storage, without moving its bytes. */
export interface ImageCloneCapable {
  /**
   * Opens the place if it is one that `cloneTo` can share. Nothing is read of it, and nothing is told of its bytes. Throws `unavailable`,
   * `failed`.
   */
  openImage(place: PlaceOfImage): Promise<OpenImage | { readonly unfit: ImageUnfit }>;
}

export function canCloneImages(driver: VolumeDriver): driver is VolumeDriver & ImageCloneCapable {
  return 'openImage' in driver;
}
