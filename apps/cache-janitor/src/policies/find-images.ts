import type { ImageIdentity, ImageSelector } from '@hearth/contracts';
import { type CachePolicyDefinition, isOfPublicImages, type SelectableImage, selectImages } from '@hearth/domain';
import { instantMs } from '@hearth/kernel';
import type { AskOptions, ImageCatalogue, ListedImage } from '@hearth/openstack-clients';

/** What a policy's selector finds, and why nothing. */
export interface Found {
  /** Active images, the newest first. */
  readonly images: readonly ImageIdentity[];
  readonly problem: string | undefined;
}

interface Selectable extends SelectableImage {
  readonly identity: ImageIdentity;
}

/** Asks the image service for the images that a policy is about, and for no more of its list than is needed. Throws `ImageServiceError`. */
export async function findImages(
  { selector, keep }: Pick<CachePolicyDefinition, 'selector' | 'keep'>,
  catalogue: ImageCatalogue,
  options: AskOptions,
): Promise<Found> {
  if ('imageId' in selector) return findOne(selector.imageId, catalogue, options);
  const { name, properties } = selector;
  let newest: readonly Selectable[] = [];
  const filter = { ...(name && { name }), ...(properties && { properties }), onlyPublic: isOfPublicImages(selector) };
  for await (const image of catalogue.list(filter, options)) {
    // The list begins with the newest: what is older than the oldest of enough is not selected.
    const oldest = newest.length >= keep ? newest.at(-1) : undefined;
    if (oldest && instantMs(image.createdAt) < instantMs(oldest.createdAt)) break;
    newest = selectImages(selector, keep, [...newest, selectable(image)]);
  }
  const images = newest.map(({ identity }) => identity);
  return { images, problem: images.length > 0 ? undefined : nothingFound(selector) };
}

const nothingFound = (selector: ImageSelector): string =>
  isOfPublicImages(selector) ? 'no active public image is selected' : 'no active image is selected';

async function findOne(imageId: string, catalogue: ImageCatalogue, options: AskOptions): Promise<Found> {
  const look = (await catalogue.look([imageId], options)).get(imageId) ?? 'absent';
  if (look === 'absent') return { images: [], problem: 'the image is not there' };
  if (look === 'forbidden') return { images: [], problem: 'the image may not be read' };
  if (look.status !== 'active') return { images: [], problem: `the image is ${look.status}` };
  return { images: [look.identity], problem: undefined };
}

/** The image's own properties, and beside them some fields that everybody takes for properties. */
function selectable({ createdAt, identity }: ListedImage): Selectable {
  const { id, name, diskFormat, containerFormat, visibility, owner } = identity;
  const fields = { disk_format: diskFormat, container_format: containerFormat, visibility, ...(owner && { owner }) };
  return { id, name, createdAt, properties: { ...identity.properties, ...fields }, identity };
}
