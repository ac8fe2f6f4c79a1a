import { checkStorable } from '../http/storable-text';
import { checkWireSchema, type WireSchema } from '../http/wire-schema';

const name: WireSchema = { type: 'string', minLength: 1, maxLength: 255 };
const properties: Readonly<Record<string, WireSchema>> = {
  host: { ...name, description: 'host@backend of a volume service.' },
  binary: { ...name, description: 'cinder-volume.' },
  service: { ...name, description: 'Older name of binary.' },
};

const reasonText: WireSchema = { type: 'string', minLength: 1, maxLength: 255 };

/** The body of `PUT /os-services/{enable|disable}`. */
export const changeServiceSchema = (): WireSchema => ({
  type: 'object',
  properties: { ...properties, disabled_reason: reasonText },
  required: ['host'],
  additionalProperties: false,
});

/** The body of `PUT /os-services/disable-log-reason`. */
export const disableServiceSchema = (): WireSchema => ({
  ...changeServiceSchema(),
  required: ['host', 'disabled_reason'],
});

/** Which service is to be changed. */
export interface ChangeServiceRequest {
  readonly host: string;
  /** Empty when the request names none. */
  readonly binary: string;
  readonly service: string;
  readonly reason: string | undefined;
}

/** Reads the body of a change of a service. Throws a fault of 400. */
export function parseChangeService(body: unknown, schema: WireSchema): ChangeServiceRequest {
  checkWireSchema(body, schema);
  checkStorable(body, 'the body');
  const { host, binary, service, disabled_reason } = body as Readonly<Record<string, string | undefined>>;
  return { host: host!, binary: binary ?? '', service: service ?? '', reason: disabled_reason };
}

/** What the answer to a change says, in the order of Cinder's keys. */
export function changedServiceView({ host, binary, service, reason }: ChangeServiceRequest, enabled: boolean) {
  return {
    ...(reason !== undefined && !enabled && { disabled_reason: reason }),
    disabled: !enabled,
    host,
    service,
    binary,
    status: enabled ? 'enabled' : 'disabled',
  };
}
