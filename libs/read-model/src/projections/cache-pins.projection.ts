import { poolOccurrence } from './log-clock.projection';
import { ofCategory, type Projection } from './projection';

/** A pool's stream: which images are pinned now. */
export const cachePinsProjection: Projection = {
  name: 'cache-pins',
  needs: () => undefined,
  apply(rows, commit) {
    const ofCache = ofCategory(commit, 'image-cache');
    if (!ofCache) return;
    const pool = commit.stream.id;
    const { at } = poolOccurrence(rows, commit);
    for (const { type, data } of ofCache.events) {
      if (type === 'unpinned') rows.cachePins.remove({ pool, imageId: data.imageId });
      if (type !== 'pinned') continue;
      const { imageId, note, by, contents = [] } = data;
      rows.cachePins.put({ pool, imageId, note, pinnedBy: by, pinnedAt: at, contents });
    }
  },
};
