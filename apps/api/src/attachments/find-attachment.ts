import { attachmentNotFound } from '@hearth/cinder-v3';
import { type Attachment, volumeDecider } from '@hearth/domain';
import { readState } from '@hearth/event-sourcing';
import { isUuid } from '@hearth/kernel';
import { type AttachmentRow, findAttachment } from '@hearth/read-model';
import type { CallContext } from '../http/request-context';
import { type FoundVolume, maySee } from '../volumes/change-volume';
import type { VolumeServices } from '../volumes/volume-services';

/** An attachment that the caller may see, with its volume, as the volume's stream tells them. */
export interface FoundAttachment {
  readonly attachment: Attachment;
  readonly volume: FoundVolume;
  readonly row: AttachmentRow;
}

/** The row of an attachment that the caller may see. Throws a fault of 404. */
export async function findAttachmentRow(
  { database }: Pick<VolumeServices, 'database'>,
  id: string,
  call: CallContext,
): Promise<AttachmentRow> {
  const row = isUuid(id) ? await findAttachment(database, id) : undefined;
  if (!row || !maySee(row.projectId, call)) throw attachmentNotFound(id);
  return row;
}

/** Finds an attachment to change. Throws a fault of 404 for one that is not there, or is another project's. */
export async function findAttachmentToChange(
  services: Pick<VolumeServices, 'store' | 'database'>,
  id: string,
  call: CallContext,
): Promise<FoundAttachment> {
  const row = await findAttachmentRow(services, id, call);
  const stream = { category: 'volume', id: row.volumeId } as const;
  const { state, sequence } = await readState(services.store, volumeDecider, stream);
  const attachment = state.status === 'provisioned' ? state.attachments.get(id) : undefined;
  if (!attachment || state.status !== 'provisioned' || !maySee(state.details.projectId, call)) {
    throw attachmentNotFound(id);
  }
  return { attachment, volume: { id: row.volumeId, state, sequence }, row };
}
