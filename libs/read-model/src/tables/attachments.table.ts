import type { AttachMode, Connection, Connector } from '@hearth/contracts';
import type { Table } from './table';

/** Cinder's words for an attachment that is there. One that the host disconnects keeps the word that it had. */
export type AttachmentStatus =
  'reserved' | 'attaching' | 'attached' | 'detached' | 'error_attaching' | 'error_detaching';

/** An attachment as its volume carries it. */
export interface VolumeAttachment {
  readonly id: string;
  readonly status: AttachmentStatus;
  /** The client has said that it uses the volume. */
  readonly completed: boolean;
  /** The host disconnects it, and it goes then. */
  readonly leaving: boolean;
  /** Null when no server was named. */
  readonly instanceId: string | null;
  readonly mode: AttachMode | null;
  /** Made by os-reserve, os-initialize_connection or os-attach. */
  readonly legacy: boolean;
  readonly hostName: string | null;
  readonly mountpoint: string | null;
  readonly connector: Connector | null;
  /** How the volume is reached; null while it is not connected. */
  readonly connection: Connection | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly attachedAt: string | null;
}

/** One row an attachment that is there, with the project of its volume; an attachment that was removed leaves none. */
export interface AttachmentRow extends VolumeAttachment {
  readonly volumeId: string;
  readonly projectId: string;
}

export const attachmentsTable: Table<AttachmentRow, 'id'> = {
  name: 'attachments',
  key: ['id'],
  columns: {
    id: 'id',
    volumeId: 'id',
    projectId: 'id',
    status: 'id',
    completed: 'boolean',
    leaving: 'boolean',
    instanceId: 'id?',
    mode: 'id?',
    legacy: 'boolean',
    hostName: 'text?',
    mountpoint: 'text?',
    connector: 'jsonb?',
    connection: 'jsonb?',
    createdAt: 'timestamptz',
    updatedAt: 'timestamptz',
    attachedAt: 'timestamptz?',
  },
};
