import { type ImageCache, liveEntriesOf } from '@hearth/domain';
import type { ImageLook } from '@hearth/openstack-clients';
import { type Log, metrics } from '@hearth/platform';

/** So many images at once, and not one that is shown: fewer may well go together. */
const doubtfulMin = 3;

const doubted = metrics.gauge(
  'hearth_janitor_images_doubted',
  'Images that the image service says are gone, all of those it was asked after, which is not believed.',
);

/**
 * What is believed of a round of looks. An image service that shows none of several images is rather that of another cloud, or shows the
 * janitor nothing, than empty: then nothing follows, or every cache would be emptied after the grace period. No create is served
 * meanwhile that the image service refuses: each asks it with its own token. What is really gone is cleared by an operator, or grows old.
 */
export class CredibleLooks {
  private isDoubtful = false;

  constructor(private readonly log: Log) {}

  /** The looks, or none of them, with how many images are left undecided by that. */
  of(
    looks: ReadonlyMap<string, ImageLook>,
    caches: Iterable<ImageCache>,
  ): { readonly looks: ReadonlyMap<string, ImageLook>; readonly left: number } {
    const isShown = [...looks.values()].some((look) => typeof look !== 'string');
    const gone = isShown ? [] : newlyGone([...looks.keys()], [...caches]);
    const isDoubtful = gone.length >= doubtfulMin;
    doubted.record(isDoubtful ? gone.length : 0, {});
    if (isDoubtful && !this.isDoubtful) {
      this.log.warn('none of the cached images is there: the image service may be that of another cloud; all stays', {
        images: gone.length,
        imageIds: gone.slice(0, 10),
        cure: 'see that HEARTH_GLANCE_URL and the credentials are right; what is gone indeed is cleared by hand',
      });
    }
    // A round that was not answered tells nothing.
    if (looks.size > 0) this.isDoubtful = isDoubtful;
    return isDoubtful ? { looks: new Map(), left: looks.size } : { looks, left: 0 };
  }
}

/** Images that had not been found to be gone before. */
function newlyGone(imageIds: readonly string[], caches: readonly ImageCache[]): readonly string[] {
  return imageIds.filter((imageId) =>
    caches.some((cache) =>
      liveEntriesOf(cache, imageId).some(
        ({ status, suspended }) => status === 'ready' && (suspended === undefined || suspended.cause === 'deactivated'),
      ),
    ),
  );
}
