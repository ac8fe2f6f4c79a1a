import type { ImageSelector } from '@hearth/contracts';
import { instantMs } from '@hearth/kernel';

/** What a selector looks at. */
export interface SelectableImage {
  readonly id: string;
  readonly name: string | null;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly properties: Readonly<Record<string, string>>;
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
  return Object.entries(selector.properties ?? {}).every(
    ([key, value]) => Object.hasOwn(properties, key) && properties[key] === value,
  );
}
