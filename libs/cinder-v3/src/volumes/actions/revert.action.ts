import type { WireSchema } from '../../http/wire-schema';

/** Cinder looks at nothing but that there is an object. */
export const revertSchema: WireSchema = {
  type: 'object',
  properties: {
    revert: {
      type: 'object',
      properties: { snapshot_id: { type: ['string', 'null'], description: "The volume's latest snapshot." } },
    },
  },
  required: ['revert'],
};

/** The snapshot of `revert`, whose argument the schema has seen; null where none is named. */
export function parseRevert(argument: unknown): string | null {
  return (argument as { readonly snapshot_id?: string | null }).snapshot_id ?? null;
}
