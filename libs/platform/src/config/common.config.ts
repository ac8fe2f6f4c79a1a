// Fields that several apps share, to be spread into their schemas: `z.object({ ...natsConfig, ...logConfig, … })`.
import { nkeys } from 'nats';
import { z } from 'zod';
import { field, fromVariable, isUrl } from './fields';

const natsProtocols = ['nats', 'tls', 'ws', 'wss'];

/** The seed's own checksum is looked at, so that one that was cut off or mistyped is told at the start. */
function isUserSeed(text: string): boolean {
  try {
    return /^SU/.test(text) && Boolean((nkeys as SeedReader).fromSeed(new TextEncoder().encode(text)));
  } catch {
    return false;
  }
}

/** The part of the client's nkeys that is used here; it brings no types. */
interface SeedReader {
  fromSeed(seed: Uint8Array): unknown;
}

export const natsConfig = {
  natsUrl: field
    .list('NATS servers to connect to, one URL or several')
    .refine((urls) => urls.every((url) => isUrl(url.includes('://') ? url : `nats://${url}`, natsProtocols)), {
      error: 'holds something that is no nats:// URL',
    })
    .default(['nats://127.0.0.1:4222']),
  natsUser: field.text('user at NATS, with its password').optional(),
  natsPassword: field.secret('password at NATS').optional(),
  natsToken: field.secret('token at NATS, instead of user and password').optional(),
  natsNkeySeed: field
    .secret('seed of the nkey of the user at NATS, SU…; in a file: HEARTH_NATS_NKEY_SEED_FILE')
    .refine(isUserSeed, { error: 'is no seed of a NATS user: that begins with SU and has 58 characters' })
    .optional(),
  natsCreds: field.secret('content of a NATS credentials file (JWT and seed)').optional(),
  natsInboxPrefix: field
    .text('prefix of inboxes, where permissions at NATS ask for another one than that of the nkey')
    .optional(),
  natsReplicas: field.integer('copies of the log in a NATS cluster: 1, 3 or 5', { min: 1, max: 5 }).default(1),
  natsMonitoringUrl: field
    .url('monitoring port of the NATS server, which tells whether it syncs before it acknowledges')
    .optional(),
  natsSyncAlways: field
    .flag('your word that the NATS servers are set to sync_interval: always, where no monitoring port can be asked')
    .optional(),
};

export const logConfig = {
  logLevel: field
    .oneOf(['debug', 'info', 'warn', 'error', 'fatal'], 'lines below this level are not written')
    .default('info'),
  logFormat: field
    .oneOf(['auto', 'json', 'text'], 'json for machines, text for people; auto is text on a terminal, else json')
    .default('auto'),
};

export const telemetryConfig = {
  otelEnabled: field.flag('sends traces; on by itself when an endpoint is given').optional(),
  otelEndpoint: fromVariable(
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    field.url('collector that takes OTLP over HTTP, without /v1/traces').optional(),
  ),
  otelSampleRatio: field
    .ratio('share of new traces that is kept; a trace that came with a request decides itself')
    .default(1),
};

export const healthConfig = {
  healthHost: field.text('address of /health/live, /health/ready and /metrics').default('127.0.0.1'),
  healthPort: field.port('port of /health/live, /health/ready and /metrics; 0 serves none').default(0),
};

export const shutdownConfig = {
  shutdownTimeoutMs: field
    .integer('how long running work may take to end after SIGTERM, in milliseconds', { min: 1 })
    .default(20_000),
};

/** What every app has. */
export const commonConfig = { ...natsConfig, ...logConfig, ...telemetryConfig, ...healthConfig, ...shutdownConfig };
export type CommonConfig = z.output<z.ZodObject<typeof commonConfig>>;
