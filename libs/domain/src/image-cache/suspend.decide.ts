import type { ImageCacheEvent } from '@hearth/contracts';
import type { CommandOf } from './image-cache.commands';
import { type ImageCache, liveEntriesOf } from './image-cache.state';

/**
 * Every entry of the image stops serving until it is resumed; clones that run go on. One that is suspended for the same cause already
 * stays as it is: its grace period does not begin anew, nor where an image that was gone is out of sight now, or the other way round.
 */
export function suspendImage(
  { imageId, cause, at }: CommandOf<'SuspendImage'>,
  cache: ImageCache,
): readonly ImageCacheEvent[] {
  return liveEntriesOf(cache, imageId)
    .filter(({ suspended }) => suspended?.cause !== cause)
    .map(({ generation, suspended }) => {
      const isGone = cause !== 'deactivated' && suspended !== undefined && suspended.cause !== 'deactivated';
      return { type: 'suspended', data: { generation, imageId, cause, at: isGone ? suspended.at : at } };
    });
}

export function resumeImage({ imageId, at }: CommandOf<'ResumeImage'>, cache: ImageCache): readonly ImageCacheEvent[] {
  return liveEntriesOf(cache, imageId)
    .filter(({ suspended }) => suspended !== undefined)
    .map(({ generation }) => ({ type: 'resumed', data: { generation, imageId, at } }));
}
