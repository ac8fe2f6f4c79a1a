import { checkWireSchema, type WireSchema } from '../http/wire-schema';
import { type ConnectorFields, readConnector } from './connector';

/** From this microversion on the mode is asked for beside the connector. */
const modeMinor = 54;

/** The body of `POST /attachments`. */
export const createAttachmentSchema = (minor: number): WireSchema => ({
  type: 'object',
  properties: {
    attachment: {
      type: 'object',
      properties: {
        volume_uuid: { type: 'string', format: 'uuid' },
        instance_uuid: { type: 'string', format: 'uuid', description: 'Server that is to use the volume.' },
        connector: { type: ['object', 'null'], description: 'What the host that attaches it says of itself.' },
        ...(minor >= modeMinor && { mode: { type: 'string', enum: ['rw', 'ro'] } }),
      },
      required: ['volume_uuid'],
      additionalProperties: false,
    },
  },
  required: ['attachment'],
  additionalProperties: false,
});

export interface CreateAttachmentRequest {
  readonly volumeId: string;
  /** Null: no server is named. */
  readonly instanceId: string | null;
  /** Null: the volume is only reserved. */
  readonly connector: ConnectorFields | null;
  /** Null: as the connector says. */
  readonly mode: 'rw' | 'ro' | null;
}

interface CreateBody {
  readonly volume_uuid: string;
  readonly instance_uuid?: string;
  readonly connector?: object | null;
  readonly mode?: 'rw' | 'ro';
}

/** Reads the body of `POST /attachments`; an empty connector is as good as none. Throws a fault of 400. */
export function parseCreateAttachment(body: unknown, minor: number): CreateAttachmentRequest {
  checkWireSchema(body, createAttachmentSchema(minor));
  const { attachment } = body as { readonly attachment: CreateBody };
  const connector = readConnector(attachment.connector ?? {});
  return {
    volumeId: attachment.volume_uuid.toLowerCase(),
    instanceId: attachment.instance_uuid ?? null,
    connector: Object.keys(connector).length > 0 ? connector : null,
    mode: attachment.mode ?? null,
  };
}

/** The body of `PUT /attachments/{attachment_id}`. */
export const updateAttachmentSchema: WireSchema = {
  type: 'object',
  properties: {
    attachment: {
      type: 'object',
      properties: {
        connector: {
          type: 'object',
          minProperties: 1,
          description: 'What the host that attaches it says of itself.',
        },
      },
      required: ['connector'],
      additionalProperties: false,
    },
  },
  required: ['attachment'],
  additionalProperties: false,
};

/** Reads the body of `PUT /attachments/{attachment_id}`: the connector. Throws a fault of 400. */
export function parseUpdateAttachment(body: unknown): ConnectorFields {
  checkWireSchema(body, updateAttachmentSchema);
  return readConnector((body as { readonly attachment: { readonly connector: unknown } }).attachment.connector);
}
