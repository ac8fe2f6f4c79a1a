import type { Connector } from '@hearth/contracts';
import { relabelled } from './volume.label';
import type { Attachment, Evolutions, LiveVolume } from './volume.state';

/** The volume with an attachment changed, or without it where it is `undefined` afterwards; its label follows. */
function changed(volume: LiveVolume, id: string, change: (before: Attachment) => Attachment | undefined): LiveVolume {
  if (volume.status !== 'provisioned') return volume;
  const before = volume.attachments.get(id);
  if (!before) return volume;
  const attachments = new Map(volume.attachments);
  const after = change(before);
  if (after) attachments.set(id, after);
  else attachments.delete(id);
  const held = released(volume.held, after);
  return relabelled({ ...volume, attachments, held, attachStatus: undefined });
}

/** A volume is held until an attachment is completed, or has gone. */
function released(held: 'attach' | 'detach' | undefined, after: Attachment | undefined) {
  if (held === 'attach') return after?.status === 'attached' ? undefined : held;
  return after ? held : undefined;
}

function textOf(connector: Connector, key: string): string | undefined {
  const value = connector[key];
  return typeof value === 'string' ? value : undefined;
}

export const attachmentEvolutions: Evolutions<
  | 'VolumeAttachmentReserved'
  | 'VolumeAttachmentConnectRequested'
  | 'VolumeAttachmentConnected'
  | 'VolumeAttachmentConnectFailed'
  | 'VolumeAttachmentCompleted'
  | 'VolumeAttachmentDisconnectRequested'
  | 'VolumeAttachmentDisconnected'
  | 'VolumeAttachmentDisconnectFailed'
  | 'VolumeAttachmentRemoved'
  | 'VolumeReserved'
  | 'VolumeUnreserved'
  | 'VolumeDetachBegun'
  | 'VolumeDetachRolledBack'
> = {
  VolumeAttachmentReserved(volume, { attachmentId: id, instanceId, mode, legacy = false }) {
    if (volume.status !== 'provisioned' || volume.attachments.has(id)) return volume;
    const reserved: Attachment = {
      id,
      instanceId,
      mode,
      legacy,
      status: 'reserved',
      connector: null,
      connection: null,
      hostName: null,
      mountpoint: null,
      completed: false,
      leaving: false,
    };
    const attachments = new Map(volume.attachments).set(id, reserved);
    return relabelled({ ...volume, attachments, attachStatus: undefined });
  },
  VolumeAttachmentConnectRequested: (volume, { attachmentId, connector, mode }) =>
    changed(volume, attachmentId, (before) => ({
      ...before,
      status: 'connecting',
      mode,
      connector,
      hostName: textOf(connector, 'host') ?? before.hostName,
      mountpoint: textOf(connector, 'mountpoint') ?? before.mountpoint,
    })),
  VolumeAttachmentConnected: (volume, { attachmentId, connection }) =>
    changed(volume, attachmentId, (before) =>
      before.status === 'connecting'
        ? { ...before, status: before.completed ? 'attached' : 'connected', connection }
        : before,
    ),
  VolumeAttachmentConnectFailed: (volume, { attachmentId }) =>
    changed(volume, attachmentId, (before) =>
      before.status === 'connecting' ? { ...before, status: 'error_attaching', connection: null } : before,
    ),
  VolumeAttachmentCompleted: (volume, { attachmentId, instanceId, hostName, mountpoint }) =>
    changed(volume, attachmentId, (before) => ({
      ...before,
      status: 'attached',
      completed: true,
      instanceId: instanceId ?? before.instanceId,
      hostName: hostName ?? before.hostName,
      mountpoint: mountpoint ?? before.mountpoint,
    })),
  VolumeAttachmentDisconnectRequested: (volume, { attachmentId, remove, anyway = false }) =>
    changed(volume, attachmentId, (before) => ({
      ...before,
      status: 'disconnecting',
      leaving: remove && anyway ? 'anyway' : remove,
    })),
  VolumeAttachmentDisconnected: (volume, { attachmentId }) =>
    changed(volume, attachmentId, (before) => {
      if (before.status !== 'disconnecting') return before;
      if (before.leaving) return undefined;
      return { ...before, status: before.completed ? 'attached' : 'reserved', connector: null, connection: null };
    }),
  VolumeAttachmentDisconnectFailed: (volume, { attachmentId }) =>
    changed(volume, attachmentId, (before) =>
      before.status === 'disconnecting' ? { ...before, status: 'error_detaching', leaving: false } : before,
    ),
  VolumeAttachmentRemoved: (volume, { attachmentId }) => changed(volume, attachmentId, () => undefined),
  VolumeReserved: (volume) => heldFor(volume, 'attach'),
  VolumeUnreserved: (volume) => heldFor(volume, undefined),
  VolumeDetachBegun: (volume) => heldFor(volume, 'detach'),
  VolumeDetachRolledBack: (volume) => heldFor(volume, undefined),
};

function heldFor(volume: LiveVolume, what: 'attach' | 'detach' | undefined): LiveVolume {
  return volume.status === 'provisioned' ? relabelled({ ...volume, held: what }) : volume;
}
