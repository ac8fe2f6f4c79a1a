import { commonConfig, field, loadConfig } from '@hearth/platform';
import { z } from 'zod';

export const configSchema = z.object({
  ...commonConfig,
  factsAtOnceMax: field.integer('facts worked on at once by this process', { min: 1, max: 1_000 }).default(64),
  placementPatienceMs: field
    .integer(
      'how long a create waits for pools that have not reported yet, as after a restart of all hosts, before it fails, in milliseconds',
    )
    .default(10_000),
});

export type Config = z.output<typeof configSchema>;

export const readConfig = (): Config => loadConfig(configSchema, process.env);
