import type { Attachment } from '@hearth/domain';

const words = {
  reserved: 'reserved',
  connecting: 'attaching',
  connected: 'attaching',
  attached: 'attached',
  error_attaching: 'error_attaching',
  error_detaching: 'error_detaching',
} as const;

/** Cinder's word for an attachment: one that its host connects anew, or disconnects, keeps the word that it had. */
export function attachmentStatus({ status, completed, leaving }: Attachment): string {
  if (leaving === 'anyway') return 'detached';
  if (completed && (status === 'connecting' || status === 'disconnecting')) return 'attached';
  return status === 'disconnecting' ? 'attaching' : words[status];
}
