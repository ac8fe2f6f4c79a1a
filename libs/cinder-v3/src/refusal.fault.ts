import type { RefusalCode } from '@hearth/contracts';
import type { Refusal } from '@hearth/kernel';
import type { Fault } from './fault';

type FaultOf = (subject: string) => Fault;

const conflicting = (sentence: string) => (): Fault => ({ status: 409, message: sentence });

/** Cinder's words for a volume whose status forbids what is asked. */
const undeletable =
  'Invalid volume: Volume status must be available or error or error_restoring or error_extending or error_managing and ' +
  'must not be migrating, attached, belong to a group, have snapshots, awaiting a transfer, or be disassociated from ' +
  'snapshots after volume transfer.';

/** Every refusal has its fault: a new code does not compile until it has a line here. `subject` is the id in the request. */
const faults = {
  'volume.not_found': (subject) => ({ status: 404, message: `Volume ${subject} could not be found.` }),
  'volume.exists': conflicting(
    'The Idempotency-Key was used before with another request body; repeat that request, or use a new key.',
  ),
  'volume.busy': () => ({ status: 400, message: undeletable }),
  'volume.not_placeable': conflicting('The volume is not waiting for a place any more.'),
  'volume.not_on_pool': conflicting('The volume is not on that pool any more.'),
  'image-cache.larger_than_cache': conflicting('The image is larger than the limit of the image-volume cache.'),
  'image-cache.no_room': conflicting('The image-volume cache has no room: all its entries are in use or pinned.'),
  'image-cache.entry_not_found': (subject) => ({
    status: 404,
    message: `Image-volume cache entry ${subject} could not be found.`,
  }),
  'image-cache.entry_leased': conflicting('The cache entry is in use by a volume that is being created.'),
  'image-cache.not_filling': conflicting('The cache entry is not being filled any more.'),
  'image-cache.fill_failed': conflicting('The cache entry could not be filled.'),
} satisfies Record<RefusalCode, FaultOf>;

/** The fault of a refused command about `subject`. */
export function faultOfRefusal(refusal: Refusal<RefusalCode>, subject: string): Fault {
  const table: Readonly<Record<RefusalCode, FaultOf>> = faults;
  return table[refusal.refused](subject);
}
