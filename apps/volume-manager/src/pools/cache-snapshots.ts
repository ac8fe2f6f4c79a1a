import { type ImageCache, decodeImageCache, encodeImageCache, imageCacheFingerprint } from '@hearth/domain';
import type { SnapshotStore, StateSnapshots } from '@hearth/event-sourcing';

/** How the cache of a pool is kept for a quicker start. */
export const cacheSnapshots = (store: SnapshotStore): StateSnapshots<ImageCache> => ({
  ...{ store, fingerprint: imageCacheFingerprint },
  ...{ encode: encodeImageCache, decode: decodeImageCache },
});
