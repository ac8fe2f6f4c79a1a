import type { ImageIdentity, SuspensionCause } from '@hearth/contracts';
import {
  type CacheEntry,
  type ImageCache,
  isIdle,
  isPinnedForAnother,
  liveEntriesOf,
  possibleContentKeys,
} from '@hearth/domain';
import type { ImageLook } from '@hearth/openstack-clients';

/** `usable`: its entries may serve; a cause: they may not; `undecided`: it is on its way, and nothing follows from that. */
export type ImageState = 'usable' | 'undecided' | SuspensionCause;

/** Statuses of images that never come back. `pending_delete`: it is deleted, and its data go later. */
const goneStatuses = ['deleted', 'pending_delete', 'killed'];

/**
 * What an image's record means for its entries. An image service does not tell one that is deleted from one that the caller may not see;
 * where it says that the caller may not, it is `hidden`. Hidden from lists (`os_hidden`) is no matter.
 */
export function stateOf(look: ImageLook): ImageState {
  if (look === 'absent') return 'deleted';
  if (look === 'forbidden') return 'hidden';
  if (look.status === 'active') return 'usable';
  if (look.status === 'deactivated') return 'deactivated';
  return goneStatuses.includes(look.status) ? 'deleted' : 'undecided';
}

/** Images that a cache has a whole copy of: one that is being made is its create's affair, or an upload whose image is not there yet. */
export function* imagesIn(cache: ImageCache): Iterable<string> {
  for (const imageId of cache.byImage.keys()) {
    if (liveEntriesOf(cache, imageId).some(({ status }) => status === 'ready')) yield imageId;
  }
}

/**
 * Idle entries of an image that hold another content than it has now, but for the newest `keep - 1`: no create asks for them any more, but
 * for one of a pinned image that has the same bytes. An edit of the record changes no content (see `contentKey`).
 */
export function staleEntries(cache: ImageCache, identity: ImageIdentity, keep: number): readonly CacheEntry[] {
  const current = possibleContentKeys(identity);
  const others = liveEntriesOf(cache, identity.id).filter(
    ({ status, content }) => status === 'ready' && !current.includes(content),
  );
  return others
    .slice(0, Math.max(0, others.length - (keep - 1)))
    .filter((entry) => isIdle(entry) && !isPinnedForAnother(cache, entry));
}
