import type { WireSchema } from '../http/wire-schema';

const text: WireSchema = { type: ['string', 'null'] };
const shortText: WireSchema = { type: ['string', 'null'], minLength: 1, maxLength: 255 };
const id: WireSchema = { type: ['string', 'null'], format: 'uuid' };

/** Metadata as Cinder takes it: restricted keys, texts of 255 characters. */
export const metadataSchema: WireSchema = {
  type: ['object', 'null'],
  patternProperties: { '^[a-zA-Z0-9-_:. ]{1,255}$': { type: 'string', maxLength: 255 } },
  additionalProperties: false,
};

const properties: Readonly<Record<string, WireSchema>> = {
  size: {
    type: ['integer', 'string', 'null'],
    pattern: '^[0-9]+$',
    minimum: 1,
    maximum: 2_147_483_647,
    description: 'GiB, as a number or as its digits.',
  },
  name: { ...text, description: 'At most 255 characters.' },
  display_name: { ...text, description: 'Older name of name.' },
  description: { ...text, description: 'At most 255 characters.' },
  display_description: { ...text, description: 'Older name of description.' },
  volume_type: { ...shortText, description: 'Id or name of a volume type.' },
  availability_zone: shortText,
  metadata: metadataSchema,
  imageRef: { ...text, description: 'Id, URL or name of an image.' },
  image_id: { ...text, description: 'Older name of imageRef.' },
  snapshot_id: id,
  source_volid: id,
  backup_id: { ...id, description: 'From microversion 3.47.' },
  group_id: { ...id, description: 'From microversion 3.13.' },
  consistencygroup_id: id,
  multiattach: { type: ['boolean', 'string', 'null'] },
};

function bodySchema(options: { readonly additionalProperties: boolean }): WireSchema {
  return {
    type: 'object',
    properties: {
      volume: { type: 'object', properties, ...options },
      'OS-SCH-HNT:scheduler_hints': { type: ['object', 'null'], description: 'Accepted; no filter reads hints.' },
    },
    required: ['volume'],
    additionalProperties: false,
  };
}

const lenient = bodySchema({ additionalProperties: true });
const strict = bodySchema({ additionalProperties: false });

/** The body of `POST /volumes`: keys that nobody knows are taken before microversion 3.53 and refused from it on. */
export const createVolumeSchema = (minor: number): WireSchema => (minor >= 53 ? strict : lenient);
