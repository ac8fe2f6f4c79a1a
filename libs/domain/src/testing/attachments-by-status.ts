import type { VolumeEvent } from '@hearth/contracts';
import {
  attached,
  attachmentReserved,
  connected,
  connectRequested,
  disconnectRequested,
  exampleAttachmentId,
  failed,
} from '../volume/volume.examples';

export const failedTo = (what: 'Connect' | 'Disconnect'): VolumeEvent => ({
  type: `VolumeAttachment${what}Failed`,
  data: { attachmentId: exampleAttachmentId, failure: failed('backend.failed') },
});

/** An attachment in each status, by how it came to it. */
export const attachmentsByStatus = {
  reserved: [attachmentReserved()],
  connecting: [attachmentReserved(), connectRequested()],
  connected: [attachmentReserved(), connectRequested(), connected()],
  attached: attached(),
  disconnecting: [...attached(), disconnectRequested()],
  error_attaching: [attachmentReserved(), connectRequested(), failedTo('Connect')],
  error_detaching: [...attached(), disconnectRequested(), failedTo('Disconnect')],
} as const;

export type AttachmentStatus = keyof typeof attachmentsByStatus;
