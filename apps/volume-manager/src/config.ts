import { commonConfig, field, loadConfig } from '@hearth/platform';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { backendsSchema } from './backends/backend.config';

export const configSchema = z.object({
  ...commonConfig,
  host: field
    .text('name of this host in host@backend#pool; one volume-manager a host')
    .refine((name) => /^[A-Za-z0-9_.-]+$/.test(name), {
      error: 'holds something else than letters, digits, dot, dash and underscore',
    })
    .default(hostname()),
  backends: field.json(backendsSchema, 'the backends of this host as a JSON list, or @/path of a file that holds it'),
  glanceUrl: field.list('image service endpoints, one URL or several').default(['http://127.0.0.1:9292']),
  glanceRetriesMax: field
    .integer('how often a request to the image service is repeated (glance_num_retries)')
    .default(3),
  glanceStallTimeoutMs: field
    .integer('a download that makes no progress for this long is given up, in milliseconds', { min: 100 })
    .default(30_000),
  verifyGlanceSignatures: field
    .oneOf(['enabled', 'disabled'], 'whether signatures of images are verified (verify_glance_signatures)')
    .default('enabled'),
  scratchDirectory: field
    .text('folder for images whose layout does not allow writing them while they arrive')
    .default(join(tmpdir(), 'hearth-scratch')),
  workersMax: field.integer('nudges worked on at once', { min: 1 }).default(256),
  fillsAtOnceMax: field
    .integer('images written at once on one backend; clones are not held up by them', { min: 1 })
    .default(4),
  clonesAtOnceMax: field.integer('clones made at once on one backend', { min: 1 }).default(16),
  reportIntervalMs: field.integer('time between two reports of capacity, in milliseconds', { min: 100 }).default(5_000),
  backendTimeoutMs: field
    .integer('a backend that does not open or tell its capacity for this long counts as down, in milliseconds', {
      min: 100,
    })
    .default(10_000),
  choresIntervalMs: field
    .integer('time between two looks at what the pools owe, in milliseconds', { min: 100 })
    .default(30_000),
});

export type Config = z.output<typeof configSchema>;

export const readConfig = (): Config => loadConfig(configSchema, process.env);
