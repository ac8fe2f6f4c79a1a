import { booleanSchema } from '../../http/boolean-text';
import type { WireSchema } from '../../http/wire-schema';
import { actionSchema } from './action.schema';

const flags = { force_host_copy: booleanSchema, lock_volume: booleanSchema } as const;
const shortText: WireSchema = { type: ['string', 'null'], minLength: 0, maxLength: 255 };

const toHost = actionSchema('os-migrate_volume', {
  properties: { host: { type: 'string', maxLength: 255 }, ...flags },
  required: ['host'],
});
const toHostOrCluster = actionSchema('os-migrate_volume', {
  properties: { host: { type: ['string', 'null'], maxLength: 255 }, ...flags, cluster: shortText },
});

export const migrateSchema = (minor: number): WireSchema => (minor >= 16 ? toHostOrCluster : toHost);

export const migrateCompletionSchema: WireSchema = actionSchema('os-migrate_volume_completion', {
  properties: { new_volume: { type: 'string', format: 'uuid' }, error: { type: ['string', 'null', 'boolean'] } },
  required: ['new_volume'],
});
