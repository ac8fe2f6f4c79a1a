import type { ImageIdentity } from '@hearth/contracts';

/** An image as the image service shows it, now. */
export interface ShownImage {
  /** `active`, `queued`, `deactivated`, … */
  readonly status: string;
  readonly identity: ImageIdentity;
}

export interface AskOptions {
  /** Whose rights apply; none where the image service asks for none. Never logged, never kept. */
  readonly token?: string;
  readonly signal?: AbortSignal;
}

export interface OpenOptions extends AskOptions {
  /** Where to begin; 0 unless told. Above 0 the server is asked for a range. */
  readonly fromByte?: number;
}

/** The bytes of an image, or the end of them. */
export interface ImageBytes {
  /** Of the whole file, as the server announced it; undefined where it did not. */
  readonly lengthBytes: number | undefined;
  /** Where in the file the first chunk begins: where it was asked to. */
  readonly fromByte: number;
  /** The MD5 of the whole file, hexadecimal in lower case, where the server names it beside the bytes. */
  readonly contentMd5?: string;
  /**
   * Chunks that nobody else will touch. Ends early, or throws `ImageServiceError`, when the connection breaks. Who does not read
   * them to their end calls `return` of their iterator, which frees the connection, even if nothing was read yet.
   */
  readonly chunks: AsyncIterable<Buffer>;
}

/** What Hearth asks of an image service. Every method throws `ImageServiceError`. */
export interface ImageService {
  show(imageId: string, options?: AskOptions): Promise<ShownImage>;
  /** All images of a name that the caller may see; at most two, which is enough to call a name ambiguous. */
  findByName(name: string, options?: AskOptions): Promise<readonly ShownImage[]>;
  /** The bytes from `fromByte` on; `no-ranges` where that is not 0 and the server does not begin there. */
  open(imageId: string, options?: OpenOptions): Promise<ImageBytes>;
}

/**
 * - `not-found`: there is no such image, or not for this caller
 * - `forbidden`: the caller may not read it, or it is deactivated
 * - `no-data`: the image has no bytes (204)
 * - `away`: no endpoint answered, in time or at all, or one answered with a server's error
 * - `broken`: the connection ended or stalled in the middle of the bytes
 * - `no-ranges`: bytes from the middle of the file were asked for, and the server does not give those
 * - `nonsense`: the answer is not what an image service says
 */
export type ImageServiceProblem = 'not-found' | 'forbidden' | 'no-data' | 'away' | 'broken' | 'no-ranges' | 'nonsense';

export class ImageServiceError extends Error {
  constructor(
    readonly problem: ImageServiceProblem,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'ImageServiceError';
  }
}
