import type { ShownImage } from './image-service';

export interface UploadOptions {
  readonly signal?: AbortSignal;
}

export interface PutOptions extends UploadOptions {
  /** Bytes that will come, where that is known: a hint for the service. */
  readonly sizeBytes?: number;
}

/**
 * Giving an image its bytes. The image's record was made by the api with its user's rights; what is asked here is asked as a service,
 * with a token of its own. Every method throws `ImageUploadError`.
 */
export interface ImageUpload {
  /** The record as it is now: its status, and once it is `active` the hash of what was stored. */
  show(imageId: string, options?: UploadOptions): Promise<ShownImage>;
  /**
   * Sends the bytes of a `queued` image, as many at a time as the service takes; ends when it has stored them all. What `bytes` throws
   * is passed on, and the service is left in the middle of a body, so that it takes nothing for the whole.
   */
  put(imageId: string, bytes: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<void>;
  /** Makes a URL of a store the place of a `queued` image's bytes, which become `active` by that. False: the service allows no such URL. */
  addLocation(imageId: string, url: string, options?: UploadOptions): Promise<boolean>;
  /** Where the bytes of an image are, as URLs of stores, as far as the service tells it. */
  locations(imageId: string, options?: UploadOptions): Promise<readonly string[]>;
  /** Removes the record; one that is not there is success. */
  remove(imageId: string, options?: UploadOptions): Promise<void>;
  /** Ends every connection. */
  close(): Promise<void>;
}

/**
 * - `not-found`: there is no such image, or not for us; or it went while its bytes were sent
 * - `forbidden`: the service's own token is not enough
 * - `refused`: the service does not take these bytes: the image is not `queued`, there is no room, the format is another one
 * - `away`: nobody answers, or with a server's error
 * - `broken`: the connection ended or stalled in the middle of the bytes
 * - `nonsense`: the answer is not what an image service says
 */
export type ImageUploadProblem = 'not-found' | 'forbidden' | 'refused' | 'away' | 'broken' | 'nonsense';

export class ImageUploadError extends Error {
  constructor(
    readonly problem: ImageUploadProblem,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'ImageUploadError';
  }
}

/** What the status of an answer means; undefined for success. */
export function uploadProblemOfStatus(status: number): ImageUploadProblem | undefined {
  if (status >= 200 && status < 300) return undefined;
  if (status === 404 || status === 410) return 'not-found';
  if (status === 401 || status === 403) return 'forbidden';
  if (status >= 500 || status === 429) return 'away';
  return status >= 400 ? 'refused' : 'nonsense';
}
