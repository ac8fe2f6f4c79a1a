import { isRefusal } from '@hearth/kernel';
import { imageCacheDecider } from './image-cache.decide';
import type { CommandOf } from './image-cache.commands';
import type { ImageCache } from './image-cache.state';

/**
 * What a command that begins a fill would give up for its room: image-volumes, and GiB of them, which go as soon as the backend lets
 * them. An entry that bears no more clones is not among them, since those keep it where it is. Nothing, where it begins none.
 */
export function givenUpBy(
  command: CommandOf<'ClaimEntry' | 'SupersedeEntry' | 'BeginFill'>,
  cache: ImageCache,
): { readonly volumes: number; readonly gigabytes: number } {
  const decision = imageCacheDecider.decide(command, cache);
  const events = isRefusal(decision) ? [] : decision;
  const sizes = events.flatMap(({ type, data }) =>
    type === 'evict' && data.reason !== 'clone-limit' ? [data.sizeGib] : [],
  );
  return { volumes: sizes.length, gigabytes: sizes.reduce((sum, sizeGib) => sum + sizeGib, 0) };
}
