import { invalidInput } from '../../fault';
import { booleanOfBody, booleanSchema } from '../../http/boolean-text';
import { checkStorable } from '../../http/storable-text';
import { checkWireSchema, type WireSchema } from '../../http/wire-schema';
import { pairsOrNullSchema } from '../metadata.schema';
import { placeOf } from './manage-place';

const shortText: WireSchema = { type: ['string', 'null'], minLength: 0, maxLength: 255 };
const properties: Readonly<Record<string, WireSchema>> = {
  host: {
    type: ['string', 'null'],
    minLength: 1,
    maxLength: 255,
    pattern: '^[a-zA-Z0-9-._#@:/+\\[\\]]*$',
    description: 'host@backend#pool; the pool may be left out where a backend has one.',
  },
  ref: { type: ['object', 'string'], description: "`source-name`: what the backend's list calls it." },
  name: shortText,
  description: shortText,
  volume_type: shortText,
  availability_zone: shortText,
  bootable: booleanSchema,
  metadata: pairsOrNullSchema,
};

function bodySchema(known: Readonly<Record<string, WireSchema>>): WireSchema {
  return {
    type: 'object',
    properties: { volume: { type: 'object', properties: known, required: ['ref'], additionalProperties: false } },
    required: ['volume'],
    additionalProperties: false,
  };
}

const first = bodySchema(properties);
const withCluster = bodySchema({ ...properties, cluster: shortText });
const clusterMinor = 16;

/** The body of `POST /manageable_volumes` and `POST /os-volume-manage`. */
export const manageVolumeSchema = (minor: number): WireSchema => (minor >= clusterMinor ? withCluster : first);

/** An object of a backend that is to become a volume. */
export interface ManageVolumeRequest {
  readonly host: string;
  readonly sourceName: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly volumeType: string | null;
  readonly availabilityZone: string | null;
  readonly bootable: boolean;
  readonly metadata: Readonly<Record<string, string>>;
}

interface Body {
  readonly host?: string | null;
  readonly cluster?: string | null;
  readonly ref: Readonly<Record<string, unknown>> | string;
  readonly name?: string | null;
  readonly description?: string | null;
  readonly volume_type?: string | null;
  readonly availability_zone?: string | null;
  readonly bootable?: boolean | string;
  readonly metadata?: Readonly<Record<string, string>> | null;
}

/** Reads a body that asks for an object to be taken over. Throws a fault of 400. */
export function parseManageVolume(body: unknown, minor: number): ManageVolumeRequest {
  checkWireSchema(body, manageVolumeSchema(minor));
  const { volume } = body as { readonly volume: Body };
  checkStorable(volume, 'volume');
  return {
    host: placeOf(volume, minor >= clusterMinor),
    sourceName: sourceNameOf(volume.ref),
    name: volume.name?.trim() || null,
    description: volume.description?.trim() || null,
    volumeType: volume.volume_type || null,
    availabilityZone: volume.availability_zone || null,
    bootable: booleanOfBody(volume.bootable ?? false),
    metadata: volume.metadata ?? {},
  };
}

function sourceNameOf(ref: Body['ref']): string {
  const name = typeof ref === 'string' ? undefined : ref['source-name'];
  if (typeof name === 'string' && name !== '') return name;
  throw invalidInput("ref has to be an object with a 'source-name'.");
}
