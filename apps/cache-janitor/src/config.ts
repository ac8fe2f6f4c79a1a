import { commonConfig, field, keystoneConfig, loadConfig } from '@hearth/platform';
import { identityProblems } from '@hearth/openstack-clients';
import { z } from 'zod';

const interval = (pass: string) =>
  field.integer(`time between two runs of the pass ${pass}, in milliseconds`, { min: 100 });

/** When each pass runs, and how much one run does. */
export const passConfig = {
  evictIntervalMs: interval('evict-over-limit').default(60_000),
  evictionsMax: field.integer('entries that one run of a pass retires in each pool', { min: 1 }).default(100),
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
  ageIntervalMs: interval('age-and-verify').default(300_000),
  imageLooksMax: field
    .integer('images that one run of age-and-verify asks the image service after', { min: 1 })
    .default(5_000),
  imageLookPauseMs: field
    .integer('time between two requests of age-and-verify, of 50 images each, to the image service, in milliseconds')
    .default(100),
  policiesIntervalMs: interval('prefetch-policies').default(30_000),
  policyStepsMax: field
    .integer('prefetches, pins and entries that go in one run of prefetch-policies', { min: 1 })
    .default(500),
  expireIntervalMs: interval('expire-prefetches').default(60_000),
  expireMax: field.integer('prefetches that one run of expire-prefetches ends', { min: 1 }).default(500),
  hostAwayMs: field
    .integer('prefetches of a host that is silent for so long have failed, in milliseconds', { min: 1_000 })
    .default(600_000),
  reconcileIntervalMs: interval('reconcile').default(3_600_000),
  reconcileMax: field.integer('pools that one run of reconcile has compared with the log', { min: 1 }).default(500),
  reconcileTimeoutMs: field
    .integer('how long the answer of a host that compares a pool is waited for, in milliseconds', { min: 100 })
    .default(60_000),
};
export type PassConfig = z.output<z.ZodObject<typeof passConfig>>;

export const configSchema = z
  .object({
    ...commonConfig,
    ...passConfig,
    ...keystoneConfig,
    glanceUrl: field
      .list(
        'image service endpoints, one URL or several; unless given, those of the catalogue where Keystone is configured, ' +
          'else http://127.0.0.1:9292',
      )
      .optional(),
    glanceRetriesMax: field
      .integer('how often a request to the image service is repeated (glance_num_retries)')
      .default(3),
    glanceTimeoutMs: field
      .integer('how long an answer of the image service is waited for, in milliseconds', { min: 100 })
      .default(10_000),
  })
  .superRefine((config, context) => {
    for (const { field: name, problem } of identityProblems(config))
      context.addIssue({ code: 'custom', path: [name], message: problem });
  });

export type Config = z.output<typeof configSchema>;

export const readConfig = (): Config => loadConfig(configSchema, process.env);
