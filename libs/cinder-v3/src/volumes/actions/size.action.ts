import type { WireSchema } from '../../http/wire-schema';
import { actionSchema } from './action.schema';

const sizeMaxGib = 2_147_483_647;

/** GiB as a number or as its digits. */
export const sizeSchema: WireSchema = {
  type: ['integer', 'string'],
  pattern: '^[0-9]+$',
  minimum: 1,
  maximum: sizeMaxGib,
  description: 'GiB, as a number or as its digits.',
};

export const extendSchema: WireSchema = actionSchema('os-extend', {
  properties: { new_size: sizeSchema },
  required: ['new_size'],
});

/** The GiB of `os-extend`, whose argument the schema has seen. */
export function parseExtend(argument: unknown): number {
  return Number((argument as { readonly new_size: number | string }).new_size);
}
