import { badRequest } from '../fault';
import { booleanOfBody, booleanSchema } from '../http/boolean-text';
import { checkStorable } from '../http/storable-text';
import { checkWireSchema, type WireSchema } from '../http/wire-schema';
import { refuseCacheableMultiattach, type SentSpecs, specsOf, specsSchema } from './extra-specs.request';

const description: WireSchema = { type: ['string', 'null'], maxLength: 255, format: 'printable' };

/** The body of `POST /types`. */
export const createTypeSchema = (): WireSchema => ({
  type: 'object',
  properties: {
    volume_type: {
      type: 'object',
      properties: {
        name: { type: 'string', minLength: 1, maxLength: 255, format: 'name' },
        description,
        extra_specs: specsSchema({ spaces: true }),
        'os-volume-type-access:is_public': booleanSchema,
      },
      required: ['name'],
      additionalProperties: false,
    },
  },
  required: ['volume_type'],
  additionalProperties: false,
});

/** The body of `PUT /types/{id}`. */
export const updateTypeSchema = (): WireSchema => ({
  type: 'object',
  properties: {
    volume_type: {
      type: 'object',
      properties: {
        name: { type: ['string', 'null'], minLength: 1, maxLength: 255 },
        description,
        is_public: booleanSchema,
      },
      additionalProperties: false,
    },
  },
  required: ['volume_type'],
  additionalProperties: false,
});

export interface CreateTypeRequest {
  readonly name: string;
  readonly description: string | null;
  readonly isPublic: boolean;
  readonly extraSpecs: Readonly<Record<string, string>>;
}

/** Reads the body of a create. Throws a fault of 400. */
export function parseCreateType(body: unknown): CreateTypeRequest {
  checkWireSchema(body, createTypeSchema());
  checkStorable(body, 'volume_type');
  const { volume_type: sent } = body as {
    readonly volume_type: {
      readonly name: string;
      readonly description?: string | null;
      readonly extra_specs?: SentSpecs;
      readonly 'os-volume-type-access:is_public'?: boolean | string;
    };
  };
  const extraSpecs = specsOf(sent.extra_specs ?? {});
  refuseCacheableMultiattach(extraSpecs);
  return {
    name: sent.name,
    description: sent.description ?? null,
    isPublic: booleanOfBody(sent['os-volume-type-access:is_public'] ?? true),
    extraSpecs,
  };
}

/** Absent: as it was. */
export interface UpdateTypeRequest {
  readonly name?: string;
  readonly description?: string;
  readonly isPublic?: boolean;
}

/** Reads the body of a change; null leaves a field as it was. Throws a fault of 400. */
export function parseUpdateType(body: unknown): UpdateTypeRequest {
  checkWireSchema(body, updateTypeSchema());
  checkStorable(body, 'volume_type');
  const { volume_type: sent } = body as {
    readonly volume_type: {
      readonly name?: string | null;
      readonly description?: string | null;
      readonly is_public?: boolean | string;
    };
  };
  const { name = null, description: text = null, is_public: isPublic } = sent;
  if (name?.trim() === '') throw badRequest('Volume type name can not be empty.');
  if (name === null && text === null && isPublic === undefined) {
    throw badRequest('Specify volume type name, description, is_public or a combination thereof.');
  }
  return {
    ...(name !== null && { name }),
    ...(text !== null && { description: text }),
    ...(isPublic !== undefined && { isPublic: booleanOfBody(isPublic) }),
  };
}
