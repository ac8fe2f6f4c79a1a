import type { WireSchema } from '../../http/wire-schema';

/** The body of an action that has an argument: one key, and what stands under it. */
export function actionSchema(action: string, argument: Omit<WireSchema, 'type'> & Partial<WireSchema>): WireSchema {
  return {
    type: 'object',
    properties: { [action]: { type: 'object', additionalProperties: false, ...argument } },
    required: [action],
    additionalProperties: false,
  };
}

/** The body of an action whose argument nobody reads. */
export function bareActionSchema(action: string): WireSchema {
  return {
    type: 'object',
    properties: { [action]: { type: ['object', 'array', 'string', 'number', 'boolean', 'null'] } },
    required: [action],
  };
}
