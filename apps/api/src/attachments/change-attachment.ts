import { attachmentDetail, attachmentSummary, parseUpdateAttachment } from '@hearth/cinder-v3';
import type { Volume } from '@hearth/domain';
import type { CallContext } from '../http/request-context';
import { changeVolume } from '../volumes/change-volume';
import type { VolumeServices } from '../volumes/volume-services';
import { attachmentStatus } from './attachment-status';
import { findAttachmentToChange, type FoundAttachment } from './find-attachment';
import { disconnectedBy, untilConnected, untilDisconnected } from './host-work';

/**
 * Connects what was reserved, or connects it anew; the host is waited for. The answer shows the attachment as it was before (Cinder).
 * Throws faults of 400, 403, 404, 409, 500.
 */
export async function updateAttachment(services: VolumeServices, id: string, body: unknown, call: CallContext) {
  const connector = parseUpdateAttachment(body);
  const { volume, row } = await findAttachmentToChange(services, id, call);
  call.authorise();
  const command = { do: 'ConnectAttachment', attachmentId: id, connector } as const;
  const decided = await changeVolume(services, volume, command, call, { operation: 'update an attachment' });
  const waited = { volumeId: volume.id, attachmentId: id, asked: 'update' } as const;
  return { attachment: attachmentDetail({ ...row, connection: await untilConnected(services, decided, waited) }) };
}

/** Says that the server has the volume. Throws a fault of 400 where nothing is connected. */
export async function completeAttachment(
  services: VolumeServices,
  { attachment, volume }: FoundAttachment,
  call: CallContext,
): Promise<void> {
  const command = { do: 'CompleteAttachment', attachmentId: attachment.id } as const;
  await changeVolume(services, volume, command, call, { operation: 'complete an attachment' });
}

/**
 * Disconnects and deletes an attachment; the host is waited for, also by who repeats the request meanwhile. Answers those of the volume
 * that are left. Throws faults of 403, 404, 409, 500.
 */
export async function deleteAttachment(services: VolumeServices, id: string, call: CallContext) {
  const { attachment, volume } = await findAttachmentToChange(services, id, call);
  call.authorise();
  const command = { do: 'RemoveAttachment', attachmentId: id, unlessUsed: needsService(services, call) } as const;
  const decided = await changeVolume(services, volume, command, call);
  const attachmentIds = attachment.leaving ? [id] : disconnectedBy(decided.events);
  const state = await untilDisconnected(services, decided, { volumeId: volume.id, attachmentIds, asked: 'delete' });
  return { attachments: othersIn(state, { volumeId: volume.id, id }) };
}

/** Whether the caller may not take a volume from a server that has it. */
export function needsService(
  { attachmentDeletesNeedService }: Pick<VolumeServices, 'attachmentDeletesNeedService'>,
  { caller }: CallContext,
): boolean {
  return attachmentDeletesNeedService && !caller.isService;
}

/** As the log tells them: that the rows cannot be read makes no error of what is done. */
function othersIn(volume: Volume, { volumeId, id }: { readonly volumeId: string; readonly id: string }) {
  const attachments = volume.status === 'provisioned' ? [...volume.attachments.values()] : [];
  return attachments
    .filter((other) => other.id !== id)
    .map((other) => attachmentSummary({ ...other, volumeId, status: attachmentStatus(other) }));
}
