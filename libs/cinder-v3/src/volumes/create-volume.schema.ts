import { booleanSchema } from '../http/boolean-text';
import type { WireSchema } from '../http/wire-schema';
import { sizeSchema } from './actions/size.action';
import { pairsOrNullSchema } from './metadata.schema';

const text: WireSchema = { type: ['string', 'null'] };
const shortText: WireSchema = { type: ['string', 'null'], minLength: 0, maxLength: 255 };
const id: WireSchema = { type: ['string', 'null'], format: 'uuid' };

const properties: Readonly<Record<string, WireSchema>> = {
  size: { ...sizeSchema, type: ['integer', 'string', 'null'] },
  name: { ...text, description: 'At most 255 characters.' },
  display_name: { ...text, description: 'Older name of name.' },
  description: { ...text, description: 'At most 255 characters.' },
  display_description: { ...text, description: 'Older name of description.' },
  volume_type: { ...shortText, description: 'Id or name of a volume type.' },
  availability_zone: { ...shortText, minLength: 1 },
  metadata: pairsOrNullSchema,
  imageRef: { ...shortText, description: 'Id, URL or name of an image.' },
  image_id: { ...shortText, description: 'Older name of imageRef.' },
  snapshot_id: id,
  source_volid: id,
  consistencygroup_id: id,
  multiattach: {
    type: ['boolean', 'string', 'null'],
    enum: [null, ...booleanSchema.enum],
    description: 'Only false: a multiattach volume has a type that says so.',
  },
};

/** What later microversions know besides, with the first of them. */
const later = [
  { since: 13, name: 'group_id', schema: shortText },
  { since: 47, name: 'backup_id', schema: id },
] as const;

const strictMinor = 53;

const uuids: WireSchema = { type: 'array', items: { type: 'string', format: 'uuid' }, uniqueItems: true };
const hints: WireSchema = {
  type: ['object', 'null'],
  description: 'Taken as Cinder takes them; no filter reads hints.',
  properties: {
    local_to_instance: id,
    different_host: { ...uuids, type: ['string', 'array'], format: 'uuid' },
    same_host: { ...uuids, type: ['string', 'array'], format: 'uuid' },
    query: { type: ['string', 'object'] },
  },
};

function bodySchema(minor: number): WireSchema {
  const known = later.filter(({ since }) => since <= minor).map(({ name, schema }) => [name, schema] as const);
  return {
    type: 'object',
    properties: {
      volume: {
        type: 'object',
        properties: { ...properties, ...Object.fromEntries(known) },
        additionalProperties: minor < strictMinor,
      },
      'OS-SCH-HNT:scheduler_hints': hints,
    },
    required: ['volume'],
    additionalProperties: false,
  };
}

const steps = [0, 13, 47, strictMinor].map((since) => ({ since, schema: bodySchema(since) }));

/** The body of `POST /volumes`: keys that nobody knows are taken before microversion 3.53 and refused from it on. */
export const createVolumeSchema = (minor: number): WireSchema => steps.findLast(({ since }) => since <= minor)!.schema;
