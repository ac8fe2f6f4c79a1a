import { commonConfig, field, loadConfig } from '@hearth/platform';
import { z } from 'zod';

const interval = (pass: string) =>
  field.integer(`time between two runs of the pass ${pass}, in milliseconds`, { min: 100 });

export const configSchema = z.object({
  ...commonConfig,
  evictIntervalMs: interval('evict-over-limit').default(60_000),
  evictionsMax: field.integer('entries that one run of evict-over-limit retires in each pool', { min: 1 }).default(100),
  resumeIntervalMs: interval('resume-stuck').default(15_000),
  resumeMax: field.integer('volumes that one run of resume-stuck wakes their hosts for', { min: 1 }).default(500),
  stuckAfterMs: field
    .integer('a volume that owes a step counts as stuck when nothing was said of it for so long, in milliseconds', {
      min: 100,
    })
    .default(60_000),
  reapIntervalMs: interval('reap-retired').default(60_000),
  reapMax: field.integer('pools that one run of reap-retired wakes', { min: 1 }).default(500),
  scrubPassIntervalMs: interval('scrub').default(3_600_000),
  scrubIntervalHours: field
    .integer('a copy that was not looked at for so many hours is due; as the volume-managers have it', { max: 100_000 })
    .default(168),
  scrubMax: field.integer('pools that one run of scrub wakes', { min: 1 }).default(500),
});

export type Config = z.output<typeof configSchema>;

export const readConfig = (): Config => loadConfig(configSchema, process.env);
