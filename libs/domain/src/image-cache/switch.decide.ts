import type { ImageCacheEvent } from '@hearth/contracts';
import type { CommandOf } from './image-cache.commands';
import type { ImageCache } from './image-cache.state';

/** What runs goes on: clones to their end, fills for those who wait for them. A cache that is off may be told to drain, or not to. */
export function switchOff({ ready, by, at }: CommandOf<'SwitchOff'>, cache: ImageCache): readonly ImageCacheEvent[] {
  return cache.off?.ready === ready ? [] : [{ type: 'switched-off', data: { ready, by, at } }];
}

export function switchOn({ by, at }: CommandOf<'SwitchOn'>, cache: ImageCache): readonly ImageCacheEvent[] {
  return cache.off ? [{ type: 'switched-on', data: { by, at } }] : [];
}
