import { type ImageCache, encodeImageCache } from '@hearth/domain';

/** All that a cache's state says, as text that is the same where the states are: a map's order means nothing. */
export function textOfCache(cache: ImageCache): string {
  return textOfSavedCache(encodeImageCache(cache));
}

/** The same of a state that is saved. */
export function textOfSavedCache(saved: unknown): string {
  return JSON.stringify(saved, (_, value: unknown) => {
    if (Array.isArray(value))
      return value
        .map((item) => [JSON.stringify(item), item] as const)
        .sort(byText)
        .map(second);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).sort(byText));
  });
}

const byText = ([one]: readonly [string, unknown], [other]: readonly [string, unknown]) => (one < other ? -1 : 1);
const second = ([, item]: readonly [string, unknown]) => item;
