import type { RefusalCode } from '@hearth/contracts';
import type { Refusal, RefusalData } from '@hearth/kernel';
import { attachmentNotFound, type Fault } from './fault';
import { attachmentRefusals } from './attachments/attachment-refusal.faults';
import type { FaultOf } from './refused';
import { snapshotRefusals } from './snapshots/snapshot-refusal.faults';
import { volumeRefusals } from './volumes/volume-refusal.faults';

const bad =
  (sentence: string): FaultOf =>
  () => ({ status: 400, message: sentence });
const conflicting =
  (sentence: string): FaultOf =>
  () => ({ status: 409, message: sentence });
const missing =
  (what: string): FaultOf =>
  ({ subject }) => ({ status: 404, message: `${what} ${subject} could not be found.` });
const keyMissing =
  (what: string): FaultOf =>
  ({ subject, data }) => ({ status: 404, message: `${what} ${subject} has no metadata with key ${data['key']}.` });
const statusForbids =
  (what: string): FaultOf =>
  ({ subject, data }) => ({
    status: 400,
    message: `Invalid ${what.toLowerCase()}: the status of ${what.toLowerCase()} ${subject}, ${data['status']}, does not allow this.`,
  });

/** Every refusal has its fault: a new code does not compile until it has a line here. */
const faults = {
  'volume.not_found': missing('Volume'),
  'volume.exists': conflicting(
    'The Idempotency-Key was used before with another request body; repeat that request, or use a new key.',
  ),
  'volume.busy': statusForbids('Volume'),
  'volume.not_placeable': conflicting('The volume is not waiting for a place any more.'),
  'volume.not_on_pool': conflicting('The volume is not on that pool any more.'),
  'volume.wrong_status': statusForbids('Volume'),
  'volume.has_snapshots': bad('Invalid volume: the volume has snapshots.'),
  'volume.is_attached': ({ subject }) => ({
    status: 400,
    message: `Volume ${subject} is still attached, detach volume first.`,
  }),
  'volume.work_ended': conflicting('What was reported of the volume is not waited for any more.'),
  'volume.not_larger': ({ data }) => ({
    status: 400,
    message:
      'Invalid input received: New size for extend must be greater than current size. ' +
      `(current: ${data['sizeGib']}, extended: ${data['toGib']}).`,
  }),
  'volume.same_type': bad('Invalid volume: the volume is of this type already.'),
  'volume.retype_in_use': bad('Invalid volume: the volume is in use, and the new type would change how it is used.'),
  'volume.retype_needs_migration': bad(
    'Invalid volume: the new type encrypts in another way, so that the data would have to be copied to a new volume; this is not offered.',
  ),
  'volume.encrypted': bad('Invalid volume: the volume is encrypted.'),
  'volume.not_multiattach': ({ subject }) => ({
    status: 400,
    message: `Invalid volume: volume ${subject} is attached, and is not multiattach.`,
  }),
  'volume.read_only': ({ subject }) => ({
    status: 400,
    message: `Invalid attaching mode 'rw' for volume ${subject}.`,
  }),
  'volume.metadata_key_not_found': keyMissing('Volume'),
  'volume.metadata_full': ({ data }) => ({
    status: 400,
    message: `Invalid volume metadata: there would be more than ${data['max']} items.`,
  }),
  'volume.attachments_full': ({ subject, data }) => ({
    status: 400,
    message: `Invalid volume: volume ${subject} has ${data['max']} attachments, and may have no more.`,
  }),
  'attachment.not_found': ({ data }) => attachmentNotFound(String(data['attachmentId'])).fault,
  'attachment.exists': conflicting('The attachment is there already.'),
  'attachment.not_connected': bad('Invalid volume: the attachment is not connected.'),
  'attachment.wrong_status': statusForbids('Attachment'),
  'attachment.ambiguous': bad('Invalid volume: the volume has several attachments; name one.'),
  'attachment.used_by_server': ({ data }) => ({
    status: 409,
    message: `Detach volume from instance ${data['instanceId']} using the Compute API`,
  }),
  'snapshot.not_found': missing('Snapshot'),
  'snapshot.exists': conflicting('The snapshot is there already.'),
  'snapshot.wrong_status': statusForbids('Snapshot'),
  'snapshot.not_latest': bad("Invalid snapshot: the snapshot is not the volume's latest."),
  'snapshot.size_differs': bad('Invalid snapshot: the volume has another size than the snapshot.'),
  'snapshot.metadata_key_not_found': keyMissing('Snapshot'),
  'snapshot.metadata_full': ({ data }) => ({
    status: 400,
    message: `Invalid metadata: there would be more than ${data['max']} items.`,
  }),
  'transfer.not_found': missing('Transfer'),
  'transfer.wrong_key': bad('Invalid auth key: Attempt to transfer volume with an invalid auth key.'),
  'image-cache.larger_than_cache': conflicting('The image is larger than the limit of the image-volume cache.'),
  'image-cache.no_room': conflicting('The image-volume cache has no room: all its entries are in use or pinned.'),
  'image-cache.entry_not_found': missing('Image-volume cache entry'),
  'image-cache.entry_leased': conflicting('The cache entry is in use by a volume that is being created.'),
  'image-cache.not_filling': conflicting('The cache entry is not being filled any more.'),
  'image-cache.fill_failed': conflicting('The cache entry could not be filled.'),
  'image-cache.switched_off': conflicting('The image-volume cache of the pool is switched off.'),
  'image-cache.suspended': conflicting('The cache entry is suspended: its image cannot be used now.'),
  'image-cache.not_admitted': conflicting('The image gets a cache entry when it is asked for again.'),
  'image-cache.project_share': conflicting("The image does not fit the project's share of the image-volume cache."),
  'image-cache.over_quota': conflicting('The quota of the internal tenant of the image-volume cache is exceeded.'),
  'image-cache.prefetch_exists': conflicting('The image is being prefetched into the pool already.'),
  'image-cache.prefetch_not_found': missing('Prefetch'),
  'image-cache.image_not_storable': ({ data }) => ({
    status: 400,
    message:
      `Invalid input received: image ${data['imageId']} has more properties than ${data['max']} bytes, ` +
      'or a text that cannot be stored.',
  }),
  'image-cache.note_too_long': ({ data }) => ({
    status: 400,
    message: `Invalid input received: the note of a pin has more than ${data['max']} characters.`,
  }),
  'cache-policy.not_found': missing('Cache policy'),
  'cache-policy.invalid': ({ data }) => ({
    status: 400,
    message: `Invalid cache policy: ${String(data['field'])} ${String(data['problem'])}.`,
  }),
} satisfies Record<RefusalCode, FaultOf>;

/** Sentences that depend on what was asked; whatever is not here has the one above. */
const byOperation = { ...volumeRefusals, ...snapshotRefusals, ...attachmentRefusals };

/** What was asked, as the sentences tell it apart. */
export type RefusedOperation = keyof typeof byOperation;

/** What was asked, and figures of its that Cinder's sentence names. */
export interface AskedOperation {
  readonly operation: RefusedOperation;
  readonly data?: RefusalData;
}

/** The fault of a refused command about `subject`, the id in the request. */
export function faultOfRefusal(refusal: Refusal<RefusalCode>, subject: string, asked?: AskedOperation): Fault {
  const own: Readonly<Partial<Record<RefusalCode, FaultOf>>> = asked ? byOperation[asked.operation] : {};
  const table: Readonly<Record<RefusalCode, FaultOf>> = faults;
  const faultOf = own[refusal.refused] ?? table[refusal.refused];
  return faultOf({ subject, data: { ...refusal.data, ...asked?.data } });
}
