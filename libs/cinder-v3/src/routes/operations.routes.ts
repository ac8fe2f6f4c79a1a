import { z } from 'zod';
import { changeServiceSchema, disableServiceSchema } from '../operations/service.request';
import { flag, text } from './parameters';
import { defineRoutes } from './route';

const nullableText = z.string().nullable();
const instant = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/)
  .nullable();

const service = z.strictObject({
  binary: z.string(),
  host: z.string(),
  zone: z.string(),
  status: z.enum(['enabled', 'disabled']),
  state: z.enum(['up', 'down']),
  updated_at: instant,
  backend_state: z.enum(['up', 'down']).optional(),
  cluster: nullableText.optional(),
  disabled_reason: nullableText,
  replication_status: z.string().optional(),
  active_backend_id: nullableText.optional(),
  frozen: z.boolean().optional(),
});

const changedService = z
  .strictObject({
    disabled_reason: z.string().optional(),
    disabled: z.boolean(),
    host: z.string(),
    service: z.string(),
    binary: z.string(),
    status: z.enum(['enabled', 'disabled']),
  })
  .meta({ title: 'ChangedService' });

const host = z.strictObject({
  host_name: z.string(),
  service: z.string(),
  zone: z.string(),
  'service-status': z.enum(['available', 'unavailable']),
  'service-state': z.enum(['enabled', 'disabled']),
  'last-update': instant,
});

const resource = z.strictObject({
  host: z.string(),
  project: z.string(),
  volume_count: z.string(),
  total_volume_gb: z.string(),
  snapshot_count: z.string(),
  total_snapshot_gb: z.string(),
});

const pool = z.strictObject({
  name: z.string(),
  capabilities: z.looseObject({ total_capacity_gb: z.number(), free_capacity_gb: z.number() }).optional(),
});

const zone = z.strictObject({ zoneName: z.string(), zoneState: z.strictObject({ available: z.boolean() }) });

const extension = z.strictObject({
  name: z.string(),
  alias: z.string(),
  description: z.string(),
  updated: z.string(),
  links: z.array(z.unknown()),
});

/** What runs, and what it can: for administrators, but for the zones and the extensions. */
export const operationsRoutes = defineRoutes([
  {
    operation: 'services.list',
    method: 'GET',
    path: '/v3/{project_id}/os-services',
    projectOptional: true,
    summary: 'List the services.',
    policy: 'volume_extension:services:index',
    parameters: [text('host', 'Only of this host, or host@backend.'), text('binary', 'Only of this name.')],
    success: { status: 200, schema: z.strictObject({ services: z.array(service) }).meta({ title: 'Services' }) },
    parity: { different: 'cinder-scheduler and cinder-volume are names for the apps scheduler and volume-manager.' },
  },
  {
    operation: 'services.enable',
    method: 'PUT',
    path: '/v3/{project_id}/os-services/enable',
    projectOptional: true,
    summary: 'Let a backend get work again.',
    policy: 'volume_extension:services:update',
    body: { title: 'ChangeService', schema: changeServiceSchema },
    success: { status: 200, schema: changedService },
    parity: { different: 'Only services cinder-volume can be changed.' },
  },
  {
    operation: 'services.disable',
    method: 'PUT',
    path: '/v3/{project_id}/os-services/disable',
    projectOptional: true,
    summary: 'Give a backend no new volumes.',
    policy: 'volume_extension:services:update',
    body: { title: 'ChangeService', schema: changeServiceSchema },
    success: { status: 200, schema: changedService },
    parity: { different: 'Only services cinder-volume can be changed.' },
  },
  {
    operation: 'services.disableWithReason',
    method: 'PUT',
    path: '/v3/{project_id}/os-services/disable-log-reason',
    projectOptional: true,
    summary: 'Give a backend no new volumes, and say why.',
    policy: 'volume_extension:services:update',
    body: { title: 'DisableService', schema: disableServiceSchema },
    success: { status: 200, schema: changedService },
    parity: { different: 'Only services cinder-volume can be changed.' },
  },
  {
    operation: 'hosts.list',
    method: 'GET',
    path: '/v3/{project_id}/os-hosts',
    projectOptional: true,
    summary: 'List the hosts of the services.',
    policy: 'volume_extension:hosts',
    parameters: [text('service', 'Only of this service.'), text('zone', 'Only in this zone.')],
    success: { status: 200, schema: z.strictObject({ hosts: z.array(host) }).meta({ title: 'Hosts' }) },
    parity: 'kept',
  },
  {
    operation: 'hosts.show',
    method: 'GET',
    path: '/v3/{project_id}/os-hosts/{host_name}',
    projectOptional: true,
    summary: 'What the volumes of a host add up to, by project.',
    policy: 'volume_extension:hosts',
    success: {
      status: 200,
      schema: z.strictObject({ host: z.array(z.strictObject({ resource })) }).meta({ title: 'HostUsage' }),
    },
    parity: 'kept',
  },
  {
    operation: 'zones.list',
    method: 'GET',
    path: '/v3/{project_id}/os-availability-zone',
    projectOptional: true,
    summary: 'List the availability zones.',
    policy: 'volume_extension:availability_zone_list',
    success: {
      status: 200,
      schema: z.strictObject({ availabilityZoneInfo: z.array(zone) }).meta({ title: 'AvailabilityZones' }),
    },
    parity: 'kept',
  },
  {
    operation: 'pools.list',
    method: 'GET',
    path: '/v3/{project_id}/scheduler-stats/get_pools',
    projectOptional: true,
    summary: 'List the pools that report, with their capacities and capabilities.',
    policy: 'scheduler_extension:scheduler_stats:get_pools',
    parameters: [
      flag('detail', 'With capabilities.'),
      text('name', 'Only this host@backend#pool; from 3.28.'),
      text('volume_type', 'Only those that a volume of this type may be on; from 3.35.'),
    ],
    success: { status: 200, schema: z.strictObject({ pools: z.array(pool) }).meta({ title: 'Pools' }) },
    refusals: [400],
    parity: 'kept',
  },
  {
    operation: 'capabilities.show',
    method: 'GET',
    path: '/v3/{project_id}/capabilities/{host_name}',
    projectOptional: true,
    summary: 'What a backend can.',
    policy: 'volume_extension:capabilities',
    success: {
      status: 200,
      schema: z.looseObject({ namespace: z.string(), properties: z.looseObject({}) }).meta({ title: 'Capabilities' }),
    },
    parity: 'kept',
  },
  {
    operation: 'extensions.list',
    method: 'GET',
    path: '/v3/{project_id}/extensions',
    projectOptional: true,
    summary: 'List the extensions of Cinder v3 that are served.',
    policy: 'hearth:extensions',
    success: { status: 200, schema: z.strictObject({ extensions: z.array(extension) }).meta({ title: 'Extensions' }) },
    parity: 'kept',
  },
  {
    operation: 'extensions.show',
    method: 'GET',
    path: '/v3/{project_id}/extensions/{alias}',
    projectOptional: true,
    summary: 'Show an extension.',
    policy: 'hearth:extensions',
    success: { status: 200, schema: z.strictObject({ extension }).meta({ title: 'Extension' }) },
    parity: 'kept',
  },
  {
    operation: 'clusters.list',
    method: 'GET',
    path: '/v3/{project_id}/clusters',
    projectOptional: true,
    since: 7,
    summary: 'List the clusters: there are none.',
    policy: 'clusters:get_all',
    success: { status: 200, schema: z.strictObject({ clusters: z.array(z.never()) }).meta({ title: 'Clusters' }) },
    parity: { different: 'Always empty: several volume-managers of one pool need no cluster.' },
  },
  {
    operation: 'clusters.listDetail',
    method: 'GET',
    path: '/v3/{project_id}/clusters/detail',
    projectOptional: true,
    since: 7,
    summary: 'List the clusters in detail: there are none.',
    policy: 'clusters:get_all',
    success: { status: 200, schema: z.strictObject({ clusters: z.array(z.never()) }).meta({ title: 'Clusters' }) },
    parity: { different: 'Always empty: several volume-managers of one pool need no cluster.' },
  },
  {
    operation: 'clusters.show',
    method: 'GET',
    path: '/v3/{project_id}/clusters/{cluster_id}',
    projectOptional: true,
    since: 7,
    summary: 'Show a cluster: there are none.',
    policy: 'clusters:get',
    success: { status: 200 },
    parity: { different: 'Always 404: several volume-managers of one pool need no cluster.' },
  },
  {
    operation: 'workers.cleanup',
    method: 'POST',
    path: '/v3/{project_id}/workers/cleanup',
    projectOptional: true,
    since: 24,
    summary: 'Clean up after services that ended: they do so by themselves, so that there is never anything to do.',
    policy: 'workers:cleanup',
    body: {
      title: 'WorkersCleanup',
      schema: () => ({
        type: 'object',
        properties: {
          cluster_name: { type: ['string', 'null'], maxLength: 255 },
          service_id: { type: ['string', 'integer', 'null'], pattern: '^[0-9]*$' },
          host: { type: ['string', 'null'], maxLength: 255 },
          binary: { type: 'string', pattern: '^(cinder-volume|cinder-scheduler)$' },
          is_up: { type: ['boolean', 'string'] },
          disabled: { type: ['boolean', 'string'] },
          resource_id: { type: ['string', 'null'], format: 'uuid' },
          resource_type: { type: ['string', 'null'], pattern: '^([Vv]olume|[Ss]napshot)$' },
        },
        additionalProperties: false,
      }),
    },
    success: {
      status: 202,
      schema: z
        .strictObject({ cleaning: z.array(z.never()), unavailable: z.array(z.never()) })
        .meta({ title: 'CleanedUp' }),
    },
    parity: { different: 'Nothing is ever left to clean up: who resumes work finds it by itself.' },
  },
]);
