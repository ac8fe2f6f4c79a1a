import { booleanOfBody, booleanSchema } from '../../http/boolean-text';
import type { WireSchema } from '../../http/wire-schema';
import { actionSchema } from './action.schema';

const diskFormats = ['raw', 'vmdk', 'vdi', 'qcow2', 'vhd', 'vhdx', 'ploop'] as const;
const visibilities = ['community', 'public', 'private', 'shared'] as const;

const properties = {
  image_name: { type: 'string', minLength: 1, maxLength: 255 },
  force: booleanSchema,
  disk_format: { type: 'string', enum: diskFormats },
  container_format: { type: ['string', 'null'], minLength: 0, maxLength: 255 },
} as const satisfies WireSchema['properties'];

const required = ['image_name'];
const first = actionSchema('os-volume_upload_image', { properties, required });
const withVisibility = actionSchema('os-volume_upload_image', {
  properties: { ...properties, visibility: { type: 'string', enum: visibilities }, protected: booleanSchema },
  required,
});

/** From 3.1 on an image's visibility and protection can be said. */
const visibilityMinor = 1;

export const uploadImageSchema = (minor: number): WireSchema => (minor >= visibilityMinor ? withVisibility : first);

export interface UploadImageRequest {
  readonly imageName: string;
  readonly diskFormat: string;
  readonly containerFormat: string;
  /** Of a volume in use. */
  readonly force: boolean;
  /** Undefined before 3.1: as the image service has it. */
  readonly visibility: string | undefined;
  readonly protected: boolean | undefined;
}

interface Argument {
  readonly image_name: string;
  readonly force?: boolean | string;
  readonly disk_format?: string;
  readonly container_format?: string | null;
  readonly visibility?: string;
  readonly protected?: boolean | string;
}

/** Reads the argument of `os-volume_upload_image`, which the schema has seen. */
export function parseUploadImage(argument: unknown, minor: number): UploadImageRequest {
  const asked = argument as Argument;
  const says = minor >= visibilityMinor;
  return {
    imageName: asked.image_name,
    diskFormat: asked.disk_format ?? 'raw',
    containerFormat: asked.container_format ?? 'bare',
    force: booleanOfBody(asked.force ?? false),
    visibility: says ? (asked.visibility ?? 'private') : undefined,
    protected: says ? booleanOfBody(asked.protected ?? false) : undefined,
  };
}
