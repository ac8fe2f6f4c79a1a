import { attachmentDetail, parseCreateAttachment } from '@hearth/cinder-v3';
import { authorise } from '../auth/authorise';
import type { CallContext } from '../http/request-context';
import { changeVolume, findVolumeToChange } from '../volumes/change-volume';
import type { VolumeServices } from '../volumes/volume-services';
import { untilConnected } from './host-work';

/**
 * Reserves a volume; with a connector, the host is waited for. The answer shows the attachment as it was before it was connected (Cinder).
 * Throws faults of 400, 403, 404, 409, 500.
 */
export async function createAttachment(services: VolumeServices, body: unknown, call: CallContext) {
  const { volumeId, instanceId, connector, mode } = parseCreateAttachment(body, call.minor);
  const found = await findVolumeToChange(services, volumeId, call);
  call.authorise();
  const { state } = found;
  const { multiattach, bootable } = state.details;
  if (multiattach && bootable && state.status === 'provisioned' && state.label === 'in-use') {
    authorise(call.caller, 'volume:multiattach_bootable_volume');
  }
  const attachmentId = services.newId();
  const command = { do: 'ReserveAttachment', attachmentId, instanceId, mode, connector } as const;
  const asked = { operation: 'create an attachment', data: { multiattach } } as const;
  const decided = await changeVolume(services, found, command, call, asked);
  const waited = { volumeId: found.id, attachmentId, asked: 'create' } as const;
  const connection = connector ? await untilConnected(services, decided, waited) : null;
  const [reserved] = decided.events;
  const reservedAs = reserved?.type === 'VolumeAttachmentReserved' ? reserved.data.mode : mode;
  const fields = { id: attachmentId, volumeId: found.id, status: 'reserved', instanceId, mode: reservedAs };
  return { attachment: attachmentDetail({ ...fields, attachedAt: null, connection }) };
}
