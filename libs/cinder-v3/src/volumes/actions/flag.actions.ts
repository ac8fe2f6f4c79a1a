import { booleanOfBody, booleanSchema } from '../../http/boolean-text';
import type { WireSchema } from '../../http/wire-schema';
import { actionSchema } from './action.schema';

export const setBootableSchema: WireSchema = actionSchema('os-set_bootable', {
  properties: { bootable: booleanSchema },
  required: ['bootable'],
});

export const setReadOnlySchema: WireSchema = actionSchema('os-update_readonly_flag', {
  properties: { readonly: booleanSchema },
  required: ['readonly'],
});

/** The flag of `os-set_bootable`, whose argument the schema has seen. */
export function parseSetBootable(argument: unknown): boolean {
  return booleanOfBody((argument as { readonly bootable: boolean | string }).bootable);
}

/** The flag of `os-update_readonly_flag`, whose argument the schema has seen. */
export function parseSetReadOnly(argument: unknown): boolean {
  return booleanOfBody((argument as { readonly readonly: boolean | string }).readonly);
}
