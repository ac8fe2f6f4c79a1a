import type { WireSchema } from '../http/wire-schema';

const pairs = {
  patternProperties: { '^[a-zA-Z0-9-_:. /]{1,255}$': { type: 'string', maxLength: 255 } },
  additionalProperties: false,
} as const satisfies Partial<WireSchema>;

/** Metadata as Cinder takes it (its `extra_specs`): restricted keys, texts of 255 characters. */
export const pairsSchema: WireSchema = { type: 'object', ...pairs };
export const pairsOrNullSchema: WireSchema = { type: ['object', 'null'], ...pairs };

/** The body of `POST` and `PUT …/metadata`. */
export const metadataBodySchema: WireSchema = {
  type: 'object',
  properties: { metadata: pairsSchema },
  required: ['metadata'],
  additionalProperties: false,
};

/** The body of `PUT …/metadata/{key}`. */
export const metadataItemBodySchema: WireSchema = {
  type: 'object',
  properties: { meta: { ...pairsSchema, minProperties: 1, maxProperties: 1 } },
  required: ['meta'],
  additionalProperties: false,
};
