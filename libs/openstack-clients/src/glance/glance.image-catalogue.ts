import { z } from 'zod';
import type { GlanceImageService } from './glance.image-service';
import { glanceRecordSchema, shownImage } from './glance.record';
import {
  type ImageCatalogue,
  type ImageFilter,
  type ImageLook,
  imagesAtOnceMax,
  type ListedImage,
} from './image-catalogue';
import { type AskOptions, ImageServiceError } from './image-service';

const pageSchema = z.looseObject({ images: z.array(glanceRecordSchema), next: z.string().nullish() });
/** Images of one page of a list. */
const pageImagesMax = 100;
/** Far above what any selection of images needs: a list that is longer has no end. */
const pagesMax = 1_000;
/** Words of Glance's own in a query, which no property can be asked for by. */
const reservedWords = [
  'limit',
  'marker',
  'sort',
  'sort_key',
  'sort_dir',
  'visibility',
  'member_status',
  'tag',
  'status',
];
/** What Glance would read as an operator before a value. */
const operator = /^(?:in|eq|neq|gt|gte|lt|lte):/;

/**
 * Glance's lists. Its API has no conditional requests (no `ETag`, no `If-None-Match`), so images are asked after many at a time, and one
 * by one only where the list leaves them out: those that are hidden, deleted, or somebody else's.
 */
export class GlanceImageCatalogue implements ImageCatalogue {
  constructor(private readonly glance: Pick<GlanceImageService, 'record' | 'show'>) {}

  async look(imageIds: readonly string[], options: AskOptions = {}): Promise<ReadonlyMap<string, ImageLook>> {
    if (imageIds.length > imagesAtOnceMax) {
      throw new RangeError(`at most ${imagesAtOnceMax} images are asked after at once, and not ${imageIds.length}`);
    }
    const looks = new Map<string, ImageLook>();
    if (imageIds.length === 0) return looks;
    // Who cannot list at all learns nothing from images that are not shown.
    const query = new URLSearchParams({ id: `in:${imageIds.join(',')}`, limit: String(imagesAtOnceMax) });
    const { images } = await this.glance.record(`/v2/images?${query.toString()}`, pageSchema, options);
    for (const image of images) looks.set(image.id, shownImage(image));
    for (const id of imageIds) if (!looks.has(id)) looks.set(id, await this.lookAtOne(id, options));
    return looks;
  }

  async *list(filter: ImageFilter, options: AskOptions = {}): AsyncGenerator<ListedImage> {
    const query = queryOf(filter);
    for (let page = 1; page <= pagesMax; page += 1) {
      const path = `/v2/images?${query.toString()}`;
      const { images, next } = await this.glance.record(path, pageSchema, options);
      for (const image of images) {
        yield { ...shownImage(image), createdAt: image.created_at ?? image.updated_at };
      }
      const last = images.at(-1)?.id;
      if (!next || last === undefined) return;
      if (query.get('marker') === last) throw new ImageServiceError('nonsense', `${path} shows the same page again`);
      query.set('marker', last);
    }
    throw new ImageServiceError('nonsense', `the list of images has more than ${pagesMax} pages of ${pageImagesMax}`);
  }

  private async lookAtOne(id: string, options: AskOptions): Promise<ImageLook> {
    try {
      return await this.glance.show(id, options);
    } catch (error) {
      if (!(error instanceof ImageServiceError)) throw error;
      if (error.problem === 'not-found') return 'absent';
      if (error.problem === 'forbidden') return 'forbidden';
      throw error;
    }
  }
}

function queryOf({ name, properties = {}, onlyPublic = false }: ImageFilter): URLSearchParams {
  const query = new URLSearchParams();
  if (name !== undefined && !operator.test(name)) query.set('name', name);
  for (const [key, value] of Object.entries(properties)) {
    const isPlain = !reservedWords.includes(key) && !operator.test(value);
    if (isPlain && key !== 'name') query.set(key, value);
  }
  if (onlyPublic) query.set('visibility', 'public');
  query.set('status', 'active');
  query.set('sort', 'created_at:desc');
  query.set('limit', String(pageImagesMax));
  return query;
}
