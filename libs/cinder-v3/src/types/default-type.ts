import { checkStorable } from '../http/storable-text';
import { checkWireSchema, type WireSchema } from '../http/wire-schema';

/** The body of `PUT /default-types/{project_id}`. */
export const setDefaultTypeSchema = (): WireSchema => ({
  type: 'object',
  properties: {
    default_type: {
      type: 'object',
      properties: { volume_type: { type: 'string', minLength: 1, maxLength: 255, format: 'name' } },
      required: ['volume_type'],
      additionalProperties: false,
    },
  },
  required: ['default_type'],
});

/** The name or id of the type that is to be a project's default. Throws a fault of 400. */
export function parseSetDefaultType(body: unknown): string {
  checkWireSchema(body, setDefaultTypeSchema());
  checkStorable(body, 'default_type');
  return (body as { readonly default_type: { readonly volume_type: string } }).default_type.volume_type;
}

/** The type of a project's volumes that name none. */
export interface DefaultTypeFields {
  readonly projectId: string;
  readonly volumeTypeId: string;
}

export const defaultTypeView = ({ projectId, volumeTypeId }: DefaultTypeFields) => ({
  project_id: projectId,
  volume_type_id: volumeTypeId,
});
