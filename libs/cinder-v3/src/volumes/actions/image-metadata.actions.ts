import type { WireSchema } from '../../http/wire-schema';
import { pairsSchema } from '../metadata.schema';
import { actionSchema } from './action.schema';

export const setImageMetadataSchema: WireSchema = actionSchema('os-set_image_metadata', {
  properties: { metadata: pairsSchema },
  required: ['metadata'],
});

export const unsetImageMetadataSchema: WireSchema = actionSchema('os-unset_image_metadata', {
  properties: { key: { type: 'string', minLength: 1, maxLength: 255 } },
  required: ['key'],
});

/** The pairs of `os-set_image_metadata`, whose argument the schema has seen. */
export function parseSetImageMetadata(argument: unknown): Readonly<Record<string, string>> {
  return (argument as { readonly metadata: Readonly<Record<string, string>> }).metadata;
}

/** The key of `os-unset_image_metadata`, whose argument the schema has seen. */
export function parseUnsetImageMetadata(argument: unknown): string {
  return (argument as { readonly key: string }).key;
}
