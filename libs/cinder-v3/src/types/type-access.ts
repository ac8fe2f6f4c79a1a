import { checkStorable } from '../http/storable-text';
import { checkWireSchema, type WireSchema } from '../http/wire-schema';

/** The body of the action `key` of a volume type: the project that is given access, or from which it is taken. */
export const accessSchema = (key: string) => (): WireSchema => ({
  type: 'object',
  properties: {
    [key]: {
      type: 'object',
      properties: { project: { type: 'string', format: 'uuid' } },
      required: ['project'],
      additionalProperties: false,
    },
  },
  required: [key],
  additionalProperties: false,
});

/** The project that the action's argument names; the body was checked. */
export function projectOfAccess(argument: unknown): string {
  checkWireSchema(argument, { type: 'object', required: ['project'] });
  checkStorable(argument, 'project');
  return String((argument as { readonly project: unknown }).project);
}

/** `GET /types/{id}/os-volume-type-access`. */
export function typeAccessView(typeId: string, projectIds: readonly string[]) {
  return { volume_type_access: projectIds.map((project_id) => ({ volume_type_id: typeId, project_id })) };
}
