import { z } from 'zod';
import { defineRoutes } from './route';

const version = z.looseObject({ id: z.string(), status: z.string(), version: z.string(), min_version: z.string() });
const versions = z.strictObject({ versions: z.array(version) }).meta({ title: 'Versions' });
const health = z.looseObject({ status: z.enum(['ok', 'failing']) }).meta({ title: 'Health' });
const healthcheck = z.strictObject({ detailed: z.boolean(), reasons: z.array(z.string()) });

/** What the API is, and how the process is. */
export const systemRoutes = defineRoutes([
  {
    operation: 'versions.discover',
    method: 'GET',
    path: '/',
    summary: 'Versions.',
    policy: 'open',
    success: { status: 300, schema: versions },
    parity: 'kept',
  },
  {
    operation: 'versions.show',
    method: 'GET',
    path: '/v3',
    summary: 'Versions.',
    policy: 'hearth:versions',
    success: { status: 200, schema: versions },
    parity: 'kept',
  },
  {
    operation: 'healthcheck',
    method: 'GET',
    path: '/healthcheck',
    summary: 'Whether the process serves, as Cinder tells it.',
    policy: 'open',
    success: { status: 200, schema: healthcheck.meta({ title: 'Healthcheck' }) },
    parity: 'kept',
  },
  {
    operation: 'health.live',
    method: 'GET',
    path: '/health/live',
    summary: 'Whether the process runs.',
    policy: 'open',
    success: { status: 200, schema: health },
    parity: 'own',
  },
  {
    operation: 'health.ready',
    method: 'GET',
    path: '/health/ready',
    summary: 'Whether everything the process needs is there; 503 and the reasons while something is missing.',
    policy: 'open',
    success: { status: 200, schema: health },
    refusals: [503],
    parity: 'own',
  },
  {
    operation: 'metrics',
    method: 'GET',
    path: '/metrics',
    summary: 'Metrics for Prometheus.',
    policy: 'open',
    success: { status: 200, contentType: 'text/plain' },
    parity: 'own',
  },
  {
    operation: 'openapi',
    method: 'GET',
    path: '/openapi.json',
    summary: 'This document.',
    policy: 'open',
    success: { status: 200, schema: z.looseObject({ openapi: z.string() }).meta({ title: 'Document' }) },
    parity: 'own',
  },
]);
