import { attachmentDetail, attachmentSummary, parseUpdateAttachment } from '@hearth/cinder-v3';
import { listAttachments } from '@hearth/read-model';
import type { CallContext } from '../http/request-context';
import { changeVolume } from '../volumes/change-volume';
import type { VolumeServices } from '../volumes/volume-services';
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
  await untilDisconnected(services, decided, { volumeId: volume.id, attachmentIds, asked: 'delete' });
  return { attachments: await othersOf(services, volume.id, id) };
}

/** Whether the caller may not take a volume from a server that has it. */
export function needsService(
  { attachmentDeletesNeedService }: Pick<VolumeServices, 'attachmentDeletesNeedService'>,
  { caller }: CallContext,
): boolean {
  return attachmentDeletesNeedService && !caller.isService;
}

/** More than any volume has. */
const othersMax = 1_000;

async function othersOf({ database }: VolumeServices, volumeId: string, id: string) {
  const { rows } = await listAttachments(database, { project: 'all', filters: { volumeId }, limit: othersMax });
  return rows.filter((row) => row.id !== id).map(attachmentSummary);
}
