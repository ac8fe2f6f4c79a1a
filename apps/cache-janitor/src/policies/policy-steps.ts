import type { ImageIdentity } from '@hearth/contracts';
import {
  type CacheLimits,
  type CachePolicyDefinition,
  type ImageCache,
  type ImageCacheCommand,
  isIdle,
  liveEntriesOf,
  possibleContentKeys,
} from '@hearth/domain';
import { gibToHold } from '@hearth/kernel';
import { isPrefetchOf } from './policy-prefetch-id';
import { type Wanted, wantedOf } from './wanted-images';

/** A policy, and what its selector finds now. */
export interface Selection {
  readonly policyId: string;
  readonly definition: CachePolicyDefinition;
  /** The newest first; never none. */
  readonly images: readonly ImageIdentity[];
}

export interface StepsOptions {
  readonly limits: CacheLimits;
  /** The present moment, ISO 8601. */
  readonly at: string;
  /** After it a prefetch is not begun any more. */
  readonly deadline: string;
  /** A new id of a prefetch. */
  readonly newPrefetchId: () => string;
  /** Whether the policy asked for the image a short while ago, which then came to nothing. */
  readonly wasAskedFor: (imageId: string) => boolean;
  /** What other policies want in the pool; undefined where that is not known of all of them. */
  readonly others: readonly Wanted[] | undefined;
}

/**
 * What makes a pool's cache what the policy wants. The images that are selected are asked for, and pinned where it says so. What it pinned
 * before and selects no more is unpinned at once, which makes room; the entries that it brought go when all that is selected is there, as
 * long as nobody else has pinned them: until then they are better than nothing. What another policy wants is not let go of, and nothing
 * is while it is not known what the others want. A cache that is switched off is left alone.
 */
export function policySteps(
  cache: ImageCache,
  selection: Selection,
  options: StepsOptions,
): readonly ImageCacheCommand[] {
  if (cache.off) return [];
  return [
    ...unpins(cache, selection, options),
    ...wants(cache, selection, options),
    ...removals(cache, selection, options),
  ];
}

const isThere = (cache: ImageCache, image: ImageIdentity): boolean =>
  possibleContentKeys(image).some((key) => {
    const generation = cache.serving.get(key);
    return generation !== undefined && cache.entries.get(generation)?.status === 'ready';
  });

const isOnItsWay = (cache: ImageCache, image: ImageIdentity): boolean =>
  cache.prefetches.has(image.id) || possibleContentKeys(image).some((key) => cache.serving.has(key));

function wants(cache: ImageCache, { policyId, definition, images }: Selection, options: StepsOptions) {
  const { at, deadline, limits, newPrefetchId, wasAskedFor } = options;
  const by = { policyId };
  return images.flatMap((image): ImageCacheCommand[] => {
    const { id: imageId } = image;
    const isPinned = !definition.pin || cache.pins.has(imageId);
    const pin: ImageCacheCommand[] = isPinned
      ? []
      : [{ do: 'PinImage', imageId, image, note: definition.name, by, at }];
    if (isOnItsWay(cache, image) || wasAskedFor(imageId)) return pin;
    const sizeGib = Math.max(1, gibToHold(image.virtualSizeBytes ?? image.sizeBytes));
    const prefetch = { prefetchId: newPrefetchId(), imageId, image, deadline, pin: false, sizeGib, limits };
    return [...pin, { do: 'RequestPrefetch', ...prefetch, by, at }];
  });
}

/** What was pinned for a policy and is so for another one that pins it too becomes that one's pin. */
function* unpins(
  cache: ImageCache,
  { policyId, definition, images }: Selection,
  { at, others }: StepsOptions,
): Iterable<ImageCacheCommand> {
  if (!others) return;
  for (const [imageId, { by }] of cache.pins) {
    const isOurs = 'policyId' in by && by.policyId === policyId;
    const isWanted = definition.pin && images.some(({ id }) => id === imageId);
    if (!isOurs || isWanted) continue;
    const heir = others.find((other) => other.definition.pin && other.imageIds.has(imageId));
    if (!heir) yield { do: 'UnpinImage', imageId, by: { policyId }, at };
    else yield { do: 'PinImage', imageId, note: heir.definition.name, by: { policyId: heir.policyId }, at };
  }
}

function* removals(cache: ImageCache, selection: Selection, { at, others }: StepsOptions): Iterable<ImageCacheCommand> {
  if (!others) return;
  const { policyId, definition, images } = selection;
  const by = { policyId };
  const wanted = [wantedOf(policyId, definition, images), ...others];
  for (const { imageId, prefetchId, cancelled } of cache.prefetches.values()) {
    if (!isPrefetchOf(policyId, prefetchId) || cancelled) continue;
    if (!wanted.some(({ imageIds }) => imageIds.has(imageId))) yield { do: 'CancelPrefetch', prefetchId, by, at };
  }
  if (!images.every((image) => isThere(cache, image))) return;
  for (const imageId of cache.byImage.keys()) {
    const pin = cache.pins.get(imageId);
    const isHeld = pin !== undefined && !('policyId' in pin.by && pin.by.policyId === policyId);
    if (isHeld) continue;
    for (const entry of liveEntriesOf(cache, imageId)) {
      if (!entry.prefetchId || !isPrefetchOf(policyId, entry.prefetchId) || !isIdle(entry)) continue;
      if (wanted.some(({ imageIds, contents }) => imageIds.has(imageId) || contents.has(entry.content))) continue;
      const { generation } = entry;
      yield { do: 'RetireEntry', generation, reason: 'superseded', ifIdle: true, unlessPinned: true, by, at };
    }
  }
}
