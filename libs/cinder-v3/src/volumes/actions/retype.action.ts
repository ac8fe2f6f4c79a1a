import type { WireSchema } from '../../http/wire-schema';
import { actionSchema } from './action.schema';

export const retypeSchema: WireSchema = actionSchema('os-retype', {
  properties: {
    new_type: { type: 'string', description: 'Id or name of a volume type.' },
    migration_policy: {
      type: ['string', 'null'],
      enum: ['on-demand', 'never'],
      description: 'Taken and without effect: no volume is moved to another backend.',
    },
  },
  required: ['new_type'],
});

/** The type's id or name of `os-retype`, whose argument the schema has seen. */
export function parseRetype(argument: unknown): string {
  return (argument as { readonly new_type: string }).new_type;
}
