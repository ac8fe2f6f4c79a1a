import { checkStorable } from '../http/storable-text';
import { checkWireSchema, type WireSchema } from '../http/wire-schema';
import { pairsSchema } from './metadata.schema';
import { textOf } from './volume-texts';

const text: WireSchema = { type: ['string', 'null'], description: 'At most 255 characters.' };
const properties = {
  name: text,
  description: text,
  display_name: { ...text, description: 'Older name of name.' },
  display_description: { ...text, description: 'Older name of description.' },
  metadata: { ...pairsSchema, description: 'The whole dictionary as it is to be.' },
};

function bodySchema(volume: Partial<WireSchema>): WireSchema {
  return {
    type: 'object',
    properties: { volume: { type: 'object', properties, additionalProperties: false, ...volume } },
    required: ['volume'],
    additionalProperties: false,
  };
}

const lenient = bodySchema({});
const strict = bodySchema({ anyOf: Object.keys(properties).map((name) => ({ required: [name] })) });

/** The body of `PUT /volumes/{volume_id}`: from 3.53 on it has to change something. */
export const updateVolumeSchema = (minor: number): WireSchema => (minor >= 53 ? strict : lenient);

/** What is absent stays as it is. */
export interface UpdateVolumeRequest {
  readonly name?: string | null;
  readonly description?: string | null;
  /** The whole dictionary. */
  readonly metadata?: Readonly<Record<string, string>>;
}

type Body = { readonly [Name in Exclude<keyof typeof properties, 'metadata'>]?: string | null } & {
  readonly metadata?: Readonly<Record<string, string>>;
};

/** Reads the body of `PUT /volumes/{volume_id}`. Throws a fault of 400. */
export function parseUpdateVolume(body: unknown, minor: number): UpdateVolumeRequest {
  checkWireSchema(body, updateVolumeSchema(minor));
  checkStorable(body, 'volume');
  const { volume } = body as { readonly volume: Body };
  const name = 'name' in volume ? volume.name : volume.display_name;
  const description = 'description' in volume ? volume.description : volume.display_description;
  return {
    ...(name !== undefined && { name: textOf('name', name) }),
    ...(description !== undefined && { description: textOf('description', description) }),
    ...(volume.metadata && { metadata: volume.metadata }),
  };
}
