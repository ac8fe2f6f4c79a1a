import { wireTime } from '../wire-time';

/** How a volume is reached, as its driver says. */
export interface ConnectionFields {
  readonly driverVolumeType: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What a list shows of an attachment. */
export interface AttachmentSummaryFields {
  readonly id: string;
  readonly volumeId: string;
  /** Cinder's word: reserved, attaching, attached, error_attaching, error_detaching. */
  readonly status: string;
  /** Null: no server was named. */
  readonly instanceId: string | null;
}

/** What is shown of an attachment; instants in ISO 8601. */
export interface AttachmentFields extends AttachmentSummaryFields {
  /** Null: not known until it is connected. */
  readonly mode: string | null;
  readonly attachedAt: string | null;
  /** Null: not connected. */
  readonly connection: ConnectionFields | null;
}

export function attachmentSummary({ id, status, instanceId, volumeId }: AttachmentSummaryFields) {
  return { id, status, instance: instanceId, volume_id: volumeId };
}

/** An attachment in detail: instants that are not there are empty texts, a mode that is not known is the text `null`. */
export function attachmentDetail(attachment: AttachmentFields) {
  const { attachedAt, mode } = attachment;
  return {
    ...attachmentSummary(attachment),
    attached_at: attachedAt === null ? '' : wireTime(attachedAt),
    detached_at: '',
    attach_mode: mode ?? 'null',
    connection_info: connectionInfo(attachment),
  };
}

/** Flat, where the older action has the driver's part under `data`. */
function connectionInfo({ id, connection }: AttachmentFields): Readonly<Record<string, unknown>> {
  if (!connection) return {};
  return { ...connection.data, driver_volume_type: connection.driverVolumeType, attachment_id: id };
}

/** A connection as `os-initialize_connection` answers it. */
export function legacyConnection({ driverVolumeType, data }: ConnectionFields) {
  return { connection_info: { driver_volume_type: driverVolumeType, data } };
}
