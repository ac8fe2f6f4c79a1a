import type { AttachMode, Connector, VolumeEvent } from '@hearth/contracts';
import { refuse } from '@hearth/kernel';
import { sameJson } from './same-json';
import type { Of, VolumeDecision } from './volume.commands';
import { isAttachmentLabel } from './volume.label';
import { workEnded, wrongStatus } from './volume.refusals';
import { attachmentsMax, type Attachment, type ProvisionedVolume } from './volume.state';

/** Attachments that are there to stay. */
export function stayingOf({ attachments }: Pick<ProvisionedVolume, 'attachments'>): readonly Attachment[] {
  return [...attachments.values()].filter(({ leaving }) => !leaving);
}

/**
 * Reserves the volume. Another attachment beside those there are is for a volume that may have several, or for the server that
 * has it already: that is what a live migration does (Cinder).
 */
export function reserveAttachment(command: Of<'ReserveAttachment'>, volume: ProvisionedVolume): VolumeDecision {
  const { attachmentId, instanceId, connector } = command;
  const known = volume.attachments.get(attachmentId);
  if (known) return known.instanceId === instanceId ? [] : refuse('attachment.exists', { attachmentId });
  const refused = refusedForOthers(volume, instanceId) ?? refusedForRoom(volume);
  if (refused) return refused;
  const reservedAs = volume.details.readOnly ? 'ro' : command.mode;
  const reserved: VolumeEvent = {
    type: 'VolumeAttachmentReserved',
    data: { attachmentId, instanceId, mode: reservedAs },
  };
  if (!connector) return [reserved];
  if (isTaken(volume, { attachmentId, instanceId, connector })) return refuse('attachment.exists', { attachmentId });
  const connected: VolumeEvent = {
    type: 'VolumeAttachmentConnectRequested',
    data: { attachmentId, connector: { ...connector }, mode: modeFor(volume, connector, reservedAs) },
  };
  return [reserved, connected];
}

function refusedForOthers(volume: ProvisionedVolume, instanceId: string | null): VolumeDecision | undefined {
  const { label, details } = volume;
  const staying = stayingOf(volume);
  const isSameServer =
    instanceId !== null && staying.length > 0 && staying.every((other) => other.instanceId === instanceId);
  if (isSameServer && isAttachmentLabel(label)) return undefined;
  const mayShare = details.multiattach && (label === 'in-use' || label === 'reserved');
  if (label === 'available' && (staying.length === 0 || details.multiattach)) return undefined;
  if (mayShare) return undefined;
  return isAttachmentLabel(label) && staying.length > 0 && !details.multiattach
    ? refuse('volume.not_multiattach', { status: label })
    : wrongStatus(volume);
}

/** A volume that several may have is still not for any number of them. */
export function refusedForRoom({ attachments }: ProvisionedVolume): VolumeDecision | undefined {
  return attachments.size < attachmentsMax ? undefined : refuse('volume.attachments_full', { max: attachmentsMax });
}

/** A volume that is read-only is attached so, whatever is asked; else what was reserved goes before what the connector says (Cinder). */
export function modeFor({ details }: ProvisionedVolume, connector: Connector, reserved: AttachMode | null): AttachMode {
  if (details.readOnly) return 'ro';
  return reserved ?? (connector['mode'] === 'ro' ? 'ro' : 'rw');
}

/** The same server has it under the same connector by another attachment: the host could not tell the two apart (Cinder). */
function isTaken(
  volume: ProvisionedVolume,
  wanted: { readonly attachmentId: string; readonly instanceId: string | null; readonly connector: Connector },
): boolean {
  if (Object.keys(wanted.connector).length === 0) return false;
  return stayingOf(volume).some(
    ({ id, instanceId, connector }) =>
      id !== wanted.attachmentId && instanceId === wanted.instanceId && sameJson(connector, wanted.connector),
  );
}

/** Connects what is reserved, or connects it anew. */
export function connectAttachment(command: Of<'ConnectAttachment'>, volume: ProvisionedVolume): VolumeDecision {
  const { attachmentId, connector } = command;
  const attachment = volume.attachments.get(attachmentId);
  if (!attachment) return refuse('attachment.not_found', { attachmentId });
  const { status, instanceId } = attachment;
  const isSame = sameJson(attachment.connector, connector);
  if (isSame && isTheHosts(attachment)) return [];
  if (!isAttachmentLabel(volume.label)) return wrongStatus(volume);
  if (status !== 'reserved' && status !== 'error_attaching' && status !== 'connected') {
    return refuse('attachment.wrong_status', { status });
  }
  if (isTaken(volume, { attachmentId, instanceId, connector })) return refuse('attachment.exists', { attachmentId });
  const data = { attachmentId, connector: { ...connector }, mode: modeFor(volume, connector, attachment.mode) };
  return [{ type: 'VolumeAttachmentConnectRequested', data }];
}

/** The host connects it, or has connected it. */
export function isTheHosts({ status, connection }: Attachment): boolean {
  return status !== 'disconnecting' && (status === 'connecting' || connection !== null);
}

export function recordConnected(
  { attachmentId, connection }: Of<'RecordConnected'>,
  volume: ProvisionedVolume,
): VolumeDecision {
  const attachment = volume.attachments.get(attachmentId);
  if (attachment?.status === 'connecting') {
    return [{ type: 'VolumeAttachmentConnected', data: { attachmentId, connection: { ...connection } } }];
  }
  const isAlready = attachment?.status === 'connected' || attachment?.status === 'attached';
  return isAlready && attachment.connection !== null ? [] : workEnded(volume);
}

export function recordConnectFailure(
  { attachmentId, failure }: Of<'RecordConnectFailure'>,
  volume: ProvisionedVolume,
): VolumeDecision {
  const status = volume.attachments.get(attachmentId)?.status;
  if (status === 'connecting') return [{ type: 'VolumeAttachmentConnectFailed', data: { attachmentId, failure } }];
  return status === 'error_attaching' ? [] : workEnded(volume);
}

/** Only what is connected can be in use. */
export function completeAttachment(
  { attachmentId }: Of<'CompleteAttachment'>,
  volume: ProvisionedVolume,
): VolumeDecision {
  const attachment = volume.attachments.get(attachmentId);
  if (!attachment) return refuse('attachment.not_found', { attachmentId });
  const { status } = attachment;
  if (status === 'attached') return [];
  if (status !== 'connected') return refuse('attachment.not_connected', { status });
  const data = { attachmentId, instanceId: null, hostName: null, mountpoint: null };
  return [{ type: 'VolumeAttachmentCompleted', data }];
}

/** Whatever the volume does meanwhile: what a client left behind can always be cleaned up. */
export function removeAttachment(command: Of<'RemoveAttachment'>, volume: ProvisionedVolume): VolumeDecision {
  const { attachmentId, unlessUsed = false } = command;
  const attachment = volume.attachments.get(attachmentId);
  if (!attachment) return refuse('attachment.not_found', { attachmentId });
  return (unlessUsed && refusedForServer(attachment)) || removal(attachment);
}

/**
 * Who ends a connection while a server has the volume leaves that server with a device that may come to lead to another volume
 * (OSSA-2023-003). Cinder asks the compute service about the server; nobody is asked here, so that a server that is named has what is
 * connected. What never was connected, names no server, or is on its way out anyhow is nobody's loss. Undefined: nothing is refused; an
 * attachment that nobody knows is refused.
 */
export function refusedForServer(attachment: Attachment | undefined): VolumeDecision | undefined {
  if (attachment && (attachment.leaving || attachment.instanceId === null || attachment.connection === null)) {
    return undefined;
  }
  return refuse('attachment.used_by_server', { instanceId: attachment?.instanceId ?? '' });
}

/** An attempt to connect or to disconnect that failed may have left something on the host. */
const maybeConnected: readonly Attachment['status'][] = [
  'connecting',
  'disconnecting',
  'error_attaching',
  'error_detaching',
];

/** What never was to be connected goes at once; anything else when the host has disconnected it. */
export function removal({ id: attachmentId, status, connection, leaving }: Attachment): VolumeEvent[] {
  if (leaving !== false) return [];
  return maybeConnected.includes(status) || connection !== null
    ? [{ type: 'VolumeAttachmentDisconnectRequested', data: { attachmentId, remove: true } }]
    : [{ type: 'VolumeAttachmentRemoved', data: { attachmentId } }];
}

/** The same by an administrator's word: what its host cannot disconnect goes all the same. */
export function removalAnyway(attachment: Attachment): VolumeEvent[] {
  if (attachment.leaving === 'anyway') return [];
  return removal({ ...attachment, leaving: false }).map((event) =>
    event.type === 'VolumeAttachmentDisconnectRequested' ? { ...event, data: { ...event.data, anyway: true } } : event,
  );
}

export function recordDisconnected(
  { attachmentId }: Of<'RecordDisconnected'>,
  volume: ProvisionedVolume,
): VolumeDecision {
  const attachment = volume.attachments.get(attachmentId);
  if (!attachment) return [];
  if (attachment.status === 'disconnecting') return [{ type: 'VolumeAttachmentDisconnected', data: { attachmentId } }];
  return attachment.status !== 'connecting' && attachment.connection === null ? [] : workEnded(volume);
}

export function recordDisconnectFailure(
  { attachmentId, failure }: Of<'RecordDisconnectFailure'>,
  volume: ProvisionedVolume,
): VolumeDecision {
  const attachment = volume.attachments.get(attachmentId);
  const status = attachment?.status;
  if (status === 'disconnecting') {
    const failed: VolumeEvent = { type: 'VolumeAttachmentDisconnectFailed', data: { attachmentId, failure } };
    return attachment?.leaving === 'anyway'
      ? [failed, { type: 'VolumeAttachmentRemoved', data: { attachmentId } }]
      : [failed];
  }
  return status === 'error_detaching' ? [] : workEnded(volume);
}
