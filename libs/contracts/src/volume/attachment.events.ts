import { z } from 'zod';
import { failureSchema } from './failure';

export const attachModes = ['rw', 'ro'] as const;
export type AttachMode = (typeof attachModes)[number];

/** What a client's host says of itself, as os-brick gathers it: host, ip, initiator, …; empty for a local stack. */
export const connectorSchema = z.record(z.string(), z.unknown());
export type Connector = Readonly<z.infer<typeof connectorSchema>>;

/** How a host reaches the volume: `driver_volume_type` and `data` of the wire. It holds no secrets. */
export const connectionSchema = z.object({
  driverVolumeType: z.string(),
  data: z.record(z.string(), z.unknown()),
});
export type Connection = Readonly<z.infer<typeof connectionSchema>>;

const attachmentId = z.uuid();

/**
 * What happens to the attachments of a volume. An attachment is reserved, then connected by the host of the volume (owed from
 * `…ConnectRequested` on), then completed by the client; it is disconnected by the host and gone after that. The older actions
 * of the API (os-reserve, os-attach, …) write the same facts, and those of a reservation without an attachment.
 */
export const attachmentEvents = {
  VolumeAttachmentReserved: {
    version: 1,
    data: z.object({
      attachmentId,
      /** Null for a reservation that no server is named for. */
      instanceId: z.string().nullable(),
      /** Null: none was asked for; its connector will say, or it is both read and written. */
      mode: z.enum(attachModes).nullable(),
      /** Made by the older actions: os-initialize_connection or os-attach. */
      legacy: z.boolean().optional(),
    }),
  },
  VolumeAttachmentConnectRequested: {
    version: 1,
    data: z.object({ attachmentId, connector: connectorSchema, mode: z.enum(attachModes) }),
  },
  VolumeAttachmentConnected: { version: 1, data: z.object({ attachmentId, connection: connectionSchema }) },
  VolumeAttachmentConnectFailed: { version: 1, data: z.object({ attachmentId, failure: failureSchema }) },
  /** The client has the volume in use. */
  VolumeAttachmentCompleted: {
    version: 1,
    data: z.object({
      attachmentId,
      /** As os-attach names them; null leaves what is known. */
      instanceId: z.string().nullable(),
      hostName: z.string().nullable(),
      mountpoint: z.string().nullable(),
    }),
  },
  /** `remove`: the attachment goes with its connection; else it stays without one (os-terminate_connection). */
  VolumeAttachmentDisconnectRequested: {
    version: 1,
    data: z.object({
      attachmentId,
      remove: z.boolean(),
      /** It goes even where the host cannot disconnect it: an administrator has said that it is detached. Absent: no. */
      anyway: z.boolean().optional(),
    }),
  },
  VolumeAttachmentDisconnected: { version: 1, data: z.object({ attachmentId }) },
  VolumeAttachmentDisconnectFailed: { version: 1, data: z.object({ attachmentId, failure: failureSchema }) },
  /** The attachment is gone; nothing was connected, or it has been disconnected. */
  VolumeAttachmentRemoved: { version: 1, data: z.object({ attachmentId }) },
  /** os-reserve and os-unreserve: held for an attachment that is to come. */
  VolumeReserved: { version: 1, data: z.object({}) },
  VolumeUnreserved: { version: 1, data: z.object({}) },
  /** os-begin_detaching and os-roll_detaching. */
  VolumeDetachBegun: { version: 1, data: z.object({}) },
  VolumeDetachRolledBack: { version: 1, data: z.object({}) },
} as const;
