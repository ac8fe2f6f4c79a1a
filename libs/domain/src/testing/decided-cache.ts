import type { ImageCacheEvent } from '@hearth/contracts';
import { isRefusal } from '@hearth/kernel';
import { given } from '@hearth/testing';
import type { ImageCacheCommand } from '../image-cache/image-cache.commands';
import { imageCacheDecider } from '../image-cache/image-cache.decide';
import { claim, complete, settle } from '../image-cache/image-cache.examples';
import type { ImageCache } from '../image-cache/image-cache.state';

/** The facts that commands leave behind one after the other, and the state they lead to. Throws when one of them is refused. */
export function decidedCache(...commands: readonly ImageCacheCommand[]): {
  readonly facts: readonly ImageCacheEvent[];
  readonly cache: ImageCache;
} {
  const facts: ImageCacheEvent[] = [];
  let cache = imageCacheDecider.initialState;
  for (const command of commands) {
    const decision = imageCacheDecider.decide(command, cache);
    if (isRefusal(decision)) throw new Error(`${command.do} refused: ${decision.refused}`);
    facts.push(...decision);
    cache = decision.reduce(imageCacheDecider.evolve, cache);
  }
  return { facts, cache };
}

/** A cache in which these commands were carried out, to be asked for something else. */
export const after = (...commands: readonly ImageCacheCommand[]) =>
  given(imageCacheDecider, decidedCache(...commands).facts);

/** A create of an image that is not there, from its claim to its end: what leaves an entry behind. */
export const cached = (volume: number, image: number): ImageCacheCommand[] => [
  claim(volume, image),
  complete(volume),
  settle(volume),
];

/** Generation and reason of everything that a decision gives up. */
export const evictedIn = ({ decision }: { readonly decision: unknown }) =>
  (decision as readonly ImageCacheEvent[]).flatMap((event) =>
    event.type === 'evict' ? [[event.data.generation, event.data.reason]] : [],
  );
