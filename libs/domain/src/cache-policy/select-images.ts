import type { ImageSelector } from '@hearth/contracts';
import { instantMs } from '@hearth/kernel';

/** What a selector looks at. */
export interface SelectableImage {
  readonly id: string;
  readonly name: string | null;
  /** ISO 8601. */
  readonly createdAt: string;
  /** Its own, and `visibility` and `owner` as the image service has them. */
  readonly properties: Readonly<Record<string, string>>;
}

/**
 * Whether it is about public images alone, as one by name and properties is that says nothing of `visibility` or `owner`: anybody may
 * upload an image that is named like another, and a policy looks with rights that see all.
 */
export function isOfPublicImages(selector: ImageSelector): boolean {
  if ('imageId' in selector) return false;
  const { properties = {} } = selector;
  return !Object.hasOwn(properties, 'visibility') && !Object.hasOwn(properties, 'owner');
}

/** The newest `keep` of the images that the selector is about, the newest first; of two that are as old the greater id. */
export function selectImages<Image extends SelectableImage>(
  selector: ImageSelector,
  keep: number,
  images: Iterable<Image>,
): readonly Image[] {
  return [...images]
    .filter((image) => isSelected(selector, image))
    .sort((one, other) => instantMs(other.createdAt) - instantMs(one.createdAt) || (one.id < other.id ? 1 : -1))
    .slice(0, keep);
}

function isSelected(selector: ImageSelector, { id, name, properties }: SelectableImage): boolean {
  if ('imageId' in selector) return selector.imageId === id;
  if (selector.name !== undefined && selector.name !== name) return false;
  if (isOfPublicImages(selector) && properties['visibility'] !== 'public') return false;
  return Object.entries(selector.properties ?? {}).every(
    ([key, value]) => Object.hasOwn(properties, key) && properties[key] === value,
  );
}
