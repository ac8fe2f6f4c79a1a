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

/** The bytes of an image. */
export interface ImageBytes {
  /** As the server announced it; undefined where it did not. */
  readonly lengthBytes: number | undefined;
  /** Chunks that nobody else will touch. Ends early, or throws `ImageServiceError`, when the connection breaks. */
  readonly chunks: AsyncIterable<Buffer>;
}

/** What Hearth asks of an image service. Every method throws `ImageServiceError`. */
export interface ImageService {
  show(imageId: string, options?: AskOptions): Promise<ShownImage>;
  /** All images of a name that the caller may see; at most two, which is enough to call a name ambiguous. */
  findByName(name: string, options?: AskOptions): Promise<readonly ShownImage[]>;
  open(imageId: string, options?: AskOptions): Promise<ImageBytes>;
}

/**
 * - `not-found`: there is no such image, or not for this caller
 * - `forbidden`: the caller may not read it, or it is deactivated
 * - `no-data`: the image has no bytes (204)
 * - `away`: no endpoint answered, in time or at all, or one answered with a server's error
 * - `broken`: the connection ended or stalled in the middle of the bytes
 * - `nonsense`: the answer is not what an image service says
 */
export type ImageServiceProblem = 'not-found' | 'forbidden' | 'no-data' | 'away' | 'broken' | 'nonsense';

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
