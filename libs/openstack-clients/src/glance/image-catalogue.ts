import type { AskOptions, ShownImage } from './image-service';

/** Images that may be asked after in one request. */
export const imagesAtOnceMax = 50;

/** An image as a list shows it. */
export interface ListedImage extends ShownImage {
  /** ISO 8601. */
  readonly createdAt: string;
}

/** `absent`: there is no such image, or not for this caller, which an image service does not tell apart; `forbidden`: it says so. */
export type ImageLook = ShownImage | 'absent' | 'forbidden';

/** What a list is narrowed to; whoever asks compares once more, as not every image service knows every filter. */
export interface ImageFilter {
  readonly name?: string;
  readonly properties?: Readonly<Record<string, string>>;
  readonly onlyPublic?: boolean;
}

/** Many images at once, for whoever keeps an eye on them. Every method throws `ImageServiceError`. */
export interface ImageCatalogue {
  /**
   * What the image service says of each of these images, at most `imagesAtOnceMax`. Rejects unless it answers for all of them: a service
   * that is away, does not know who asks, or is none, makes no image absent.
   */
  look(imageIds: readonly string[], options?: AskOptions): Promise<ReadonlyMap<string, ImageLook>>;
  /** The active images that lists show to the caller, the newest first, fetched as they are read. */
  list(filter: ImageFilter, options?: AskOptions): AsyncIterable<ListedImage>;
}
