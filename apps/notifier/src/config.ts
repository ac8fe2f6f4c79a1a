import { commonConfig, field, loadConfig } from '@hearth/platform';
import { z } from 'zod';

export const configSchema = z.object({
  ...commonConfig,
  eventSource: field
    .text('the ce-source of all events: a URI reference that tells this installation from others')
    .default('hearth'),
  volumesKnownMax: field
    .integer('volumes whose owner is kept in memory; that of others is read from the log when it is needed', { min: 1 })
    .default(20_000),
  standbyIntervalMs: field
    .integer(
      'how long a second notifier waits, while the first makes no progress, before it takes over, in milliseconds',
      {
        min: 100,
      },
    )
    .default(3_000),
});

export type Config = z.output<typeof configSchema>;

export const readConfig = (): Config => loadConfig(configSchema, process.env);
