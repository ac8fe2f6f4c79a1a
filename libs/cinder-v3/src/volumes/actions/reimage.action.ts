import { booleanOfBody, booleanSchema } from '../../http/boolean-text';
import type { WireSchema } from '../../http/wire-schema';
import { actionSchema } from './action.schema';

export const reimageSchema: WireSchema = actionSchema('os-reimage', {
  properties: { image_id: { type: 'string', format: 'uuid' }, reimage_reserved: booleanSchema },
  required: ['image_id'],
});

export interface ReimageRequest {
  readonly imageId: string;
  /** Of a volume that is reserved, too. */
  readonly reserved: boolean;
}

/** Reads the argument of `os-reimage`, which the schema has seen. */
export function parseReimage(argument: unknown): ReimageRequest {
  const asked = argument as { readonly image_id: string; readonly reimage_reserved?: boolean | string };
  return { imageId: asked.image_id, reserved: booleanOfBody(asked.reimage_reserved ?? false) };
}
