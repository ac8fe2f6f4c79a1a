// The older way to attach volumes: actions of the volume.
import type { WireSchema } from '../http/wire-schema';
import { actionSchema } from '../volumes/actions/action.schema';
import { type ConnectorFields, readConnector } from './connector';

export const attachSchema: WireSchema = actionSchema('os-attach', {
  properties: {
    instance_uuid: { type: 'string', format: 'uuid' },
    mountpoint: { type: 'string', minLength: 1, maxLength: 255 },
    host_name: { type: 'string', maxLength: 255 },
    mode: { type: 'string', enum: ['rw', 'ro'] },
  },
  required: ['mountpoint'],
  anyOf: [{ required: ['instance_uuid'] }, { required: ['host_name'] }],
});

export interface AttachRequest {
  readonly instanceId: string | null;
  readonly hostName: string | null;
  readonly mountpoint: string;
  readonly mode: 'rw' | 'ro';
}

interface AttachArgument {
  readonly instance_uuid?: string;
  readonly host_name?: string;
  readonly mountpoint: string;
  readonly mode?: 'rw' | 'ro';
}

/** Reads the argument of `os-attach`, which the schema has seen. */
export function parseAttach(argument: unknown): AttachRequest {
  const { instance_uuid: instanceId, host_name: hostName, mountpoint, mode } = argument as AttachArgument;
  return {
    instanceId: instanceId ?? null,
    hostName: hostNameOf(hostName ?? '') || null,
    mountpoint,
    mode: mode ?? 'rw',
  };
}

/** A host's name as Cinder keeps it (`sanitize_hostname`). */
function hostNameOf(text: string): string {
  return text
    .replaceAll(/[^\0-\xff]/gu, '')
    .replaceAll(/[ _]/g, '-')
    .replaceAll(/[^\p{L}\p{N}.-]+/gu, '')
    .toLowerCase()
    .replaceAll(/^[.-]+|[.-]+$/g, '');
}

export const detachSchema: WireSchema = actionSchema('os-detach', {
  type: ['object', 'null'],
  properties: { attachment_id: { type: ['string', 'null'], format: 'uuid' } },
});

const forced = {
  connector: { type: ['string', 'object', 'null'] },
  attachment_id: { type: ['string', 'null'] },
} as const;
export const forceDetachSchema: WireSchema = actionSchema('os-force_detach', { properties: forced });

/** Reads the argument of `os-detach` or `os-force_detach`, which the schema has seen: the attachment; null: the only one there is. */
export function parseDetach(argument: unknown): string | null {
  const { attachment_id: id } = (argument ?? {}) as { readonly attachment_id?: string | null };
  return id ? id.toLowerCase() : null;
}

export const initializeConnectionSchema: WireSchema = actionSchema('os-initialize_connection', {
  properties: { connector: { type: ['object', 'string'] } },
  required: ['connector'],
});

/** Reads the argument of `os-initialize_connection`, which the schema has seen. Throws a fault of 400. */
export function parseInitializeConnection(argument: unknown): ConnectorFields {
  return readConnector((argument as { readonly connector: unknown }).connector);
}

export const terminateConnectionSchema: WireSchema = actionSchema('os-terminate_connection', {
  properties: { connector: { type: ['string', 'object', 'null'] } },
  required: ['connector'],
});

/** Reads the argument of `os-terminate_connection`, which the schema has seen; null is of every host. Throws a fault of 400. */
export function parseTerminateConnection(argument: unknown): ConnectorFields {
  return readConnector((argument as { readonly connector: unknown }).connector ?? {});
}
