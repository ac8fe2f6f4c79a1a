import { identityProblems } from '@hearth/openstack-clients';
import { commonConfig, field, keyStoreConfig, keystoneConfig, loadConfig } from '@hearth/platform';
import { z } from 'zod';
import { httpConfig } from './http/http.config';
import { parseProxies } from './http/trusted-proxies';

export const configSchema = z
  .object({
    ...commonConfig,
    apiHost: field.text('address to listen on').default('127.0.0.1'),
    apiPort: field.port('port to listen on; 0 takes a free one').default(8776),
    databaseUrl: field.url('PostgreSQL database of the read model', ['postgres', 'postgresql']),
    databaseConnectionsMax: field.integer('connections to PostgreSQL for reads and quota', { min: 1 }).default(10),
    glanceUrl: field
      .list(
        'image service endpoints, one URL or several; unless given, those of the catalogue where Keystone is configured, ' +
          'else http://127.0.0.1:9292',
      )
      .optional(),
    glanceRetriesMax: field
      .integer('how often a request to the image service is repeated while a client waits')
      .default(1),
    glanceTimeoutMs: field
      .integer('how long the image service may take to show an image, repetitions included, in milliseconds', {
        min: 100,
      })
      .default(3_000),
    authMode: field.oneOf(
      ['keystone', 'development'],
      'how callers are known, which has to be said. keystone: by their tokens, which Keystone is asked about (docs/how-to/identity.md). ' +
        'development: whoever sends X-Auth-Token: project:user:role[,role] is believed (roles: admin, member, reader, service), ' +
        'without a password; for trying out on a closed network only',
    ),
    ...keystoneConfig,
    ...keyStoreConfig,
    wwwAuthenticateUri: field
      .url(
        'where clients get tokens, for the answer to one without (www_authenticate_uri); HEARTH_KEYSTONE_URL unless given',
      )
      .optional(),
    tokenCacheSeconds: field
      .integer(
        'how long what Keystone said of a token is believed (token_cache_time): so long a revoked one is let in, and a valid one while ' +
          'Keystone is away; 0: every request is asked about',
        { max: 86_400 },
      )
      .default(300),
    tokenCacheEntriesMax: field.integer('tokens that are remembered so', { min: 1, max: 1_000_000 }).default(10_000),
    adminRoles: field.list('roles that make an administrator of their bearer').default(['admin']),
    serviceRoles: field
      .list('roles of which X-Service-Token has one if a service speaks (service_token_roles)')
      .default(['service']),
    publicEndpoint: field
      .url('URL under which clients reach this API, for links in answers; without it they are made from the request')
      .transform((url) => url.replace(/\/+$/, ''))
      .optional(),
    trustedProxies: field
      .list('addresses or networks (10.0.0.0/8) of proxies whose X-Forwarded-Proto, -Host and -Prefix are believed')
      .refine((proxies) => parseProxies(proxies) !== undefined, {
        error: 'holds something that is no address or network',
      })
      .default([]),
    defaultAvailabilityZone: field.text('zone of volumes that name none').default('nova'),
    defaultVolumeType: field.text('name of the type of volumes that name none').default('__DEFAULT__'),
    ...httpConfig,
    logTimeoutMs: field
      .integer('how long one exchange with NATS may take before a request is answered with 503, in milliseconds', {
        min: 100,
      })
      .default(2_000),
    hostTimeoutMs: field
      .integer(
        'how long a client waits at the most until the host of a volume has connected or disconnected it (rpc_response_timeout), in ' +
          'milliseconds',
        { min: 100 },
      )
      .default(60_000),
    attachmentDeletesNeedService: field
      .flag(
        'whether only a request with X-Service-Token may take a volume from a server that has it (docs/how-to/attachments.md); false is ' +
          'for stacks without a compute service',
      )
      .default(true),
    projectionWaitMs: field
      .integer('how long an answer waits until what was written can be read, in milliseconds')
      .default(2_000),
  })
  .superRefine((config, context) => {
    for (const { field: name, problem } of identityProblems(config))
      context.addIssue({ code: 'custom', path: [name], message: problem });
    if (config.authMode === 'keystone' && config.keystoneUrl === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['keystoneUrl'],
        message: 'is not set, and HEARTH_AUTH_MODE=keystone needs it',
      });
    }
  });

export type Config = z.output<typeof configSchema>;

export const readConfig = (): Config => loadConfig(configSchema, process.env);
