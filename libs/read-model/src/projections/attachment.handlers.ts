import type { Connector, VolumeEvent } from '@hearth/contracts';
import type { VolumeAttachment } from '../tables/attachments.table';
import type { VolumeRow } from '../tables/volumes.table';
import type { Handlers, Occurrence } from './projection';
import { relabelled } from './volume-label';

type Row = VolumeRow | undefined;
type AttachmentEvent = Extract<
  VolumeEvent,
  { type: `VolumeAttachment${string}` | `VolumeDetach${string}` | 'VolumeReserved' | 'VolumeUnreserved' }
>;

/** What the facts of attachments make of their volume, which carries them. */
export const attachmentHandlers = {
  VolumeAttachmentReserved: (row, { attachmentId: id, instanceId, mode, legacy = false }, { at }) =>
    row && !row.attachments.some((attachment) => attachment.id === id)
      ? withAttachments(row, [...row.attachments, newAttachment({ id, instanceId, mode, legacy, at })], at)
      : row,
  VolumeAttachmentConnectRequested: (row, { attachmentId, connector, mode }, occurrence) =>
    owed(row, attachmentId, occurrence, (before) => ({
      status: before.completed ? 'attached' : 'attaching',
      mode,
      connector,
      hostName: textOf(connector, 'host') ?? before.hostName,
      mountpoint: textOf(connector, 'mountpoint') ?? before.mountpoint,
    })),
  VolumeAttachmentConnected: (row, { attachmentId, connection }, occurrence) =>
    changed(row, attachmentId, occurrence, () => ({ connection })),
  VolumeAttachmentConnectFailed: (row, { attachmentId }, occurrence) =>
    changed(row, attachmentId, occurrence, () => ({ status: 'error_attaching', connection: null })),
  VolumeAttachmentCompleted: (row, { attachmentId, instanceId, hostName, mountpoint }, occurrence) =>
    changed(row, attachmentId, occurrence, (before) => ({
      status: 'attached',
      completed: true,
      instanceId: instanceId ?? before.instanceId,
      hostName: hostName ?? before.hostName,
      mountpoint: mountpoint ?? before.mountpoint,
      attachedAt: before.attachedAt ?? occurrence.at,
    })),
  VolumeAttachmentDisconnectRequested: (row, { attachmentId, remove }, occurrence) =>
    owed(row, attachmentId, occurrence, (before) => ({
      status: before.completed ? 'attached' : 'attaching',
      leaving: remove,
    })),
  VolumeAttachmentDisconnected: (row, { attachmentId }, occurrence) =>
    changed(row, attachmentId, occurrence, (before) =>
      before.leaving
        ? undefined
        : { status: before.completed ? 'attached' : 'reserved', connector: null, connection: null },
    ),
  VolumeAttachmentDisconnectFailed: (row, { attachmentId }, occurrence) =>
    changed(row, attachmentId, occurrence, () => ({ status: 'error_detaching', leaving: false })),
  VolumeAttachmentRemoved: (row, { attachmentId }, occurrence) =>
    changed(row, attachmentId, occurrence, () => undefined),
  VolumeReserved: (row, _data, { at }) => row && heldFor(row, 'attach', at),
  VolumeUnreserved: (row, _data, { at }) => row && heldFor(row, null, at),
  VolumeDetachBegun: (row, _data, { at }) => row && heldFor(row, 'detach', at),
  VolumeDetachRolledBack: (row, _data, { at }) => row && heldFor(row, null, at),
} satisfies Handlers<AttachmentEvent, Row>;

interface NewAttachment extends Pick<VolumeAttachment, 'id' | 'instanceId' | 'mode' | 'legacy'> {
  readonly at: string;
}

function newAttachment({ at, ...asked }: NewAttachment): VolumeAttachment {
  return {
    ...asked,
    status: 'reserved',
    completed: false,
    leaving: false,
    hostName: null,
    mountpoint: null,
    connector: null,
    connection: null,
    createdAt: at,
    updatedAt: at,
    attachedAt: null,
  };
}

/** What the host is asked to do to an attachment ends nothing that the volume is held for. */
function owed(
  row: Row,
  id: string,
  occurrence: Occurrence,
  change: (before: VolumeAttachment) => Partial<VolumeAttachment>,
): Row {
  const after = changed(row, id, occurrence, change);
  return row && after && after !== row ? heldFor(after, row.held, occurrence.at) : after;
}

/** The volume with an attachment changed, or without it where nothing is left of it. */
function changed(
  row: Row,
  id: string,
  { at }: Occurrence,
  change: (before: VolumeAttachment) => Partial<VolumeAttachment> | undefined,
): Row {
  const before = row?.attachments.find((attachment) => attachment.id === id);
  if (!row || !before) return row;
  const patch = change(before);
  const after = patch && { ...before, ...patch, updatedAt: at };
  const attachments = row.attachments.flatMap((one) => (one === before ? (after ?? []) : one));
  return withAttachments({ ...row, held: stillHeld(row.held, after) }, attachments, at);
}

/** A volume is held until an attachment is completed, or has gone. */
function stillHeld(held: VolumeRow['held'], after: VolumeAttachment | undefined): VolumeRow['held'] {
  if (held === 'attach') return after?.status === 'attached' ? null : held;
  return after ? held : null;
}

function heldFor(row: VolumeRow, held: VolumeRow['held'], at: string): VolumeRow {
  return { ...row, held, status: relabelled(row.status, { ...row, held }), updatedAt: at };
}

function withAttachments(row: VolumeRow, attachments: readonly VolumeAttachment[], at: string): VolumeRow {
  return {
    ...row,
    attachments,
    status: relabelled(row.status, { ...row, attachments }),
    attachStatus: attachments.some(({ completed }) => completed) ? 'attached' : 'detached',
    updatedAt: at,
  };
}

function textOf(connector: Connector, key: string): string | undefined {
  const value = connector[key];
  return typeof value === 'string' ? value : undefined;
}
