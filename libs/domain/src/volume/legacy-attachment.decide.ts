import type { Connector, VolumeEvent } from '@hearth/contracts';
import { isRefusal, refuse } from '@hearth/kernel';
import { isTheHosts, modeFor, refusedForRoom, refusedForServer, removal, stayingOf } from './attachment.decide';
import { sameJson } from './same-json';
import type { Of, VolumeDecision } from './volume.commands';
import { attachmentLabel, isAttachmentLabel } from './volume.label';
import { wrongStatus } from './volume.refusals';
import type { Attachment, ProvisionedVolume } from './volume.state';

/** os-reserve: held for an attachment that is to come. */
export function reserve(_command: Of<'Reserve'>, volume: ProvisionedVolume): VolumeDecision {
  const { label, details } = volume;
  if (label !== 'available' && !(details.multiattach && label === 'in-use')) return wrongStatus(volume);
  if (!details.multiattach && stayingOf(volume).length > 0) return refuse('volume.not_multiattach', { status: label });
  return [{ type: 'VolumeReserved', data: {} }];
}

/** os-unreserve; nothing is said where nothing was reserved (Cinder). */
export function unreserve(_command: Of<'Unreserve'>, volume: ProvisionedVolume): VolumeDecision {
  return volume.label === 'attaching' && isHeldOrSaidSo(volume, 'attach')
    ? [{ type: 'VolumeUnreserved', data: {} }]
    : [];
}

/** os-begin_detaching: only of what is attached. */
export function beginDetaching(_command: Of<'BeginDetaching'>, volume: ProvisionedVolume): VolumeDecision {
  const isAttached = volume.attachStatus === 'attached' || stayingOf(volume).some(({ completed }) => completed);
  if (volume.label !== 'in-use' || !isAttached) return wrongStatus(volume);
  return [{ type: 'VolumeDetachBegun', data: {} }];
}

/** os-roll_detaching; nothing is said where nothing was begun (Cinder). */
export function rollDetaching(_command: Of<'RollDetaching'>, volume: ProvisionedVolume): VolumeDecision {
  return volume.label === 'detaching' && isHeldOrSaidSo(volume, 'detach')
    ? [{ type: 'VolumeDetachRolledBack', data: {} }]
    : [];
}

/** The label comes of a hold or of an administrator's word, not of attachments that are on their way. */
function isHeldOrSaidSo(volume: ProvisionedVolume, held: 'attach' | 'detach'): boolean {
  return volume.held === held || attachmentLabel(volume) !== volume.label;
}

/**
 * The attachment that os-initialize_connection with this connector stands for, and that carries the connection when the host has
 * made it: the one that has the connector, or one that waits for any. Undefined while there is none.
 */
export function legacyAttachmentOf(volume: ProvisionedVolume, connector: Connector): Attachment | undefined {
  const mine = stayingOf(volume).filter(({ legacy }) => legacy);
  const waiting = ({ status, connection }: Attachment) => connection === null && status !== 'connecting';
  return mine.find((one) => one.connector !== null && sameJson(one.connector, connector)) ?? mine.find(waiting);
}

/** os-initialize_connection: connects the attachment there is, or one that is made for it. */
export function legacyConnect(command: Of<'LegacyConnect'>, volume: ProvisionedVolume): VolumeDecision {
  const { connector } = command;
  const known = legacyAttachmentOf(volume, connector);
  if (known && isTheHosts(known)) return [];
  if (!isAttachmentLabel(volume.label) || (!known && volume.label === 'detaching')) return wrongStatus(volume);
  if (known && !isConnectable(known)) return refuse('attachment.wrong_status', { status: known.status });
  const isShared = !known && !volume.details.multiattach && stayingOf(volume).length > 0;
  if (isShared) return refuse('volume.not_multiattach', { status: volume.label });
  const refused = known ? undefined : refusedForRoom(volume);
  if (refused) return refused;
  const mode = modeFor(volume, connector, known?.mode ?? null);
  const attachmentId = known?.id ?? command.attachmentId;
  if (!known && volume.attachments.has(attachmentId)) return refuse('attachment.exists', { attachmentId });
  const connected: VolumeEvent = {
    type: 'VolumeAttachmentConnectRequested',
    data: { attachmentId, connector: { ...connector }, mode },
  };
  if (known) return [connected];
  return [
    { type: 'VolumeAttachmentReserved', data: { attachmentId, instanceId: null, mode, legacy: true } },
    connected,
  ];
}

function isConnectable({ status }: Attachment): boolean {
  return status === 'reserved' || status === 'attached' || status === 'error_attaching';
}

/** os-attach: what was connected, or was only reserved for, is in use from now on. */
export function legacyAttach(command: Of<'LegacyAttach'>, volume: ProvisionedVolume): VolumeDecision {
  const { instanceId, hostName, mountpoint, mode } = command;
  const { label, details } = volume;
  const staying = stayingOf(volume);
  if (staying.some((other) => other.completed && isSameUser(other, command))) return [];
  if (!isAttachmentLabel(label)) return wrongStatus(volume);
  if (details.readOnly && mode !== 'ro') return refuse('volume.read_only', { mode });
  const connected = staying.find(({ legacy, completed }) => legacy && !completed);
  if (connected && connected.status !== 'connected' && connected.status !== 'reserved') {
    return refuse('attachment.wrong_status', { status: connected.status });
  }
  if (!connected && !details.multiattach && staying.length > 0)
    return refuse('volume.not_multiattach', { status: label });
  if (label === 'detaching' || label === 'reserved') return wrongStatus(volume);
  const refused = connected ? undefined : refusedForRoom(volume);
  if (refused) return refused;
  const attachmentId = connected?.id ?? command.attachmentId;
  if (!connected && volume.attachments.has(attachmentId)) return refuse('attachment.exists', { attachmentId });
  const completed: VolumeEvent = {
    type: 'VolumeAttachmentCompleted',
    data: { attachmentId, instanceId, hostName, mountpoint },
  };
  if (connected) return [completed];
  return [{ type: 'VolumeAttachmentReserved', data: { attachmentId, instanceId, mode, legacy: true } }, completed];
}

/** The same server; or, where none is named, the same host, if that is. */
function isSameUser(other: Attachment, { instanceId, hostName }: Of<'LegacyAttach'>): boolean {
  if (instanceId !== null) return other.instanceId === instanceId;
  return other.instanceId === null && (hostName === null || other.hostName === hostName);
}

/**
 * os-terminate_connection: the attachment stays if the client has it in use. Where nothing is connected, what os-reserve holds is given
 * back (Cinder), which ending a connection a second time does not do.
 */
export function legacyTerminate(command: Of<'LegacyTerminate'>, volume: ProvisionedVolume): VolumeDecision {
  const { connector, unlessUsed = false } = command;
  const refused = unlessUsed ? refusedForOnlyServer(volume) : undefined;
  if (refused) return refused;
  const mine = [...volume.attachments.values()].filter((one) => one.legacy && isOfHost(one, connector));
  const ended = mine.filter((one) => !one.leaving && isTheHosts(one));
  if (ended.length === 0) return mine.some(({ leaving }) => leaving) ? [] : unreserve({ do: 'Unreserve' }, volume);
  return ended.map(({ id: attachmentId, completed }) => ({
    type: 'VolumeAttachmentDisconnectRequested',
    data: { attachmentId, remove: !completed },
  }));
}

function isOfHost({ connector }: Attachment, of: Connector): boolean {
  return of['host'] === undefined || connector?.['host'] === of['host'];
}

/** os-detach: an attachment that is not there is detached already, and the volume is held no longer (Cinder). */
export function legacyDetach(command: Of<'LegacyDetach'>, volume: ProvisionedVolume): VolumeDecision {
  return volume.label === 'maintenance' ? wrongStatus(volume) : detach(command, volume);
}

/** os-force_detach: the same, for administrators, whatever the volume's status. */
export function forceDetach(command: Of<'ForceDetach'>, volume: ProvisionedVolume): VolumeDecision {
  return detach(command, volume);
}

/** The same rule where none is named: the only one is meant; of several, none may be ended. */
function refusedForOnlyServer(volume: ProvisionedVolume): VolumeDecision | undefined {
  const staying = stayingOf(volume);
  return staying.length === 0 ? undefined : refusedForServer(staying.length === 1 ? staying[0] : undefined);
}

/** A reservation of a volume that may have several attachments is somebody else's. */
function detach(
  { attachmentId, unlessUsed = false }: Pick<Of<'LegacyDetach'>, 'attachmentId' | 'unlessUsed'>,
  volume: ProvisionedVolume,
): VolumeDecision {
  const staying = stayingOf(volume);
  const named = attachmentId === null ? undefined : volume.attachments.get(attachmentId);
  const refused = attachmentId === null ? refusedForOnlyServer(volume) : refusedForServer(named);
  if (unlessUsed && refused) return refused;
  if (attachmentId === null && staying.length > 1) {
    return refuse('attachment.ambiguous', { attachments: staying.length });
  }
  const attachment = attachmentId === null ? staying[0] : named;
  const isOnlyOne = volume.attachments.size === (attachment ? 1 : 0);
  const released = isOnlyOne && !volume.details.multiattach ? unreserve({ do: 'Unreserve' }, volume) : [];
  if (isRefusal(released)) return released;
  if (attachment) return [...removal(attachment), ...released];
  if (released.length > 0 || volume.attachments.size > 0) return released;
  return rollDetaching({ do: 'RollDetaching' }, volume);
}
