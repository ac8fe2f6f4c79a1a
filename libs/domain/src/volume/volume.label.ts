import type { Attachment, ProvisionedVolume, Volume, VolumeRequest } from './volume.state';

/** The labels that say what the attachments are; any other one stands for work, a failure, or an administrator's word. */
const attachmentLabels: ReadonlySet<string> = new Set(['available', 'reserved', 'attaching', 'in-use', 'detaching']);

export function isAttachmentLabel(label: string): boolean {
  return attachmentLabels.has(label);
}

/**
 * What the attachments make of the volume's label: attached before attaching before detaching before reserved (Cinder's order).
 * What the older actions hold it for goes before all.
 */
export function attachmentLabel({ attachments, held }: Pick<ProvisionedVolume, 'attachments' | 'held'>): string {
  if (held) return held === 'attach' ? 'attaching' : 'detaching';
  const all = [...attachments.values()];
  const staying = all.filter(({ leaving }) => !leaving);
  if (staying.some(({ completed }) => completed)) return 'in-use';
  if (staying.some(isConnectedSomehow)) return 'attaching';
  if (staying.length < all.length) return 'detaching';
  return all.length > 0 ? 'reserved' : 'available';
}

/** A connect that failed leaves the reservation; a disconnect that failed leaves the connection. */
function isConnectedSomehow({ status }: Attachment): boolean {
  return status !== 'reserved' && status !== 'error_attaching';
}

/** The volume with its label as its attachments say, whatever it was. */
export function settled(volume: ProvisionedVolume): ProvisionedVolume {
  const label = attachmentLabel(volume);
  return label === volume.label ? volume : { ...volume, label };
}

/** The volume after its attachments changed: a label that does not speak of them stays. */
export function relabelled(volume: ProvisionedVolume): ProvisionedVolume {
  return isAttachmentLabel(volume.label) ? settled(volume) : volume;
}

/** The volume's status on the wire. What is taken over is managed, not created (Cinder). */
export function labelOf(volume: Volume): string {
  switch (volume.status) {
    case 'requested':
      return isManaged(volume) ? 'managing' : 'creating';
    case 'placed':
      if (volume.downloading) return 'downloading';
      return isManaged(volume) ? 'managing' : 'creating';
    case 'error':
      return isManaged(volume) ? 'error_managing' : 'error';
    case 'provisioned':
      return volume.label;
    case 'error-deleting':
      return 'error_deleting';
    default:
      return volume.status;
  }
}

function isManaged({ request }: { readonly request: VolumeRequest }): boolean {
  return request.source?.kind === 'existing';
}
