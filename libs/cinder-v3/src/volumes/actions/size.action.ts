import { invalidInput } from '../../fault';
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

/** The GiB of `os-extend`, whose argument the schema has seen. Throws a fault of 400 for digits that are no size. */
export function parseExtend(argument: unknown): number {
  return sizeOf((argument as { readonly new_size: number | string }).new_size);
}

/** GiB of a value of `sizeSchema`. Throws a fault of 400 for digits that are no size. */
export function sizeOf(size: number | string): number {
  const sizeGib = Number(size);
  const shown = String(size).slice(0, 255);
  if (sizeGib < 1) throw invalidInput(`Volume size '${shown}' must be an integer and greater than 0`);
  if (sizeGib > sizeMaxGib) throw invalidInput(`Volume size '${shown}' must not be greater than ${sizeMaxGib}`);
  return sizeGib;
}
