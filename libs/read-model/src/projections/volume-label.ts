import type { VolumeRow, VolumeStatus } from '../tables/volumes.table';

/** The statuses that say what the attachments are; any other stands for work, a failure, or an administrator's word. */
const attachmentStatuses: ReadonlySet<VolumeStatus> = new Set([
  'available',
  'reserved',
  'attaching',
  'in-use',
  'detaching',
]);

type Attachable = Pick<VolumeRow, 'attachments' | 'held'>;

/** As the attachments say: attached before attaching before detaching before reserved; what the older actions hold it for before all. */
export function attachmentStatusOf({ attachments, held }: Attachable): VolumeStatus {
  if (held) return held === 'attach' ? 'attaching' : 'detaching';
  const staying = attachments.filter(({ leaving }) => !leaving);
  if (staying.some(({ completed }) => completed)) return 'in-use';
  if (staying.some(({ status }) => status !== 'reserved' && status !== 'error_attaching')) return 'attaching';
  if (staying.length < attachments.length) return 'detaching';
  return attachments.length > 0 ? 'reserved' : 'available';
}

/** The volume's status once its attachments have changed: one that does not speak of them stays. */
export function relabelled(status: VolumeStatus, volume: Attachable): VolumeStatus {
  return attachmentStatuses.has(status) ? attachmentStatusOf(volume) : status;
}
