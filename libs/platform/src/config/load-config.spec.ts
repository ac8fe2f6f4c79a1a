import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nkeys } from 'nats';
import { z } from 'zod';
import { commonConfig } from './common.config';
import { ConfigError } from './config-error';
import { describeConfig, effectiveConfig } from './describe-config';
import { field } from './fields';
import { parseConfig } from './load-config';

const schema = z.object({
  ...commonConfig,
  databaseUrl: field.url('where the rows are', ['postgres']),
  fillsAtOnce: field.integer('fills at the same time', { min: 1, max: 64 }).default(4),
  developmentMode: field.flag('no Keystone').default(false),
  backends: field.json(z.array(z.object({ name: z.string() })), 'backends of this host').default([]),
  adminPassword: field.secret('for the first user').optional(),
});
const complete = { HEARTH_DATABASE_URL: 'postgres://hearth:s3cret@db/hearth' };

/** The part of the client's nkeys that is used here; it brings no types. */
interface NkeyMaker {
  createUser(): { getSeed(): Uint8Array };
}

const problemsOf = (env: Record<string, string>): string => {
  try {
    parseConfig(schema, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '';
};

describe('reading a configuration', () => {
  test('fields are read from their variables, with defaults where nothing or an empty text is given', () => {
    const config = parseConfig(schema, {
      ...complete,
      HEARTH_NATS_URL: 'nats://a:4222, nats://b:4222',
      HEARTH_DEVELOPMENT_MODE: 'yes',
      HEARTH_FILLS_AT_ONCE: '',
      HEARTH_BACKENDS: '[{"name":"fast"}]',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
    });
    expect(config).toMatchObject({
      natsUrl: ['nats://a:4222', 'nats://b:4222'],
      developmentMode: true,
      fillsAtOnce: 4,
      backends: [{ name: 'fast' }],
      otelEndpoint: 'http://collector:4318',
      shutdownTimeoutMs: 20_000,
    });
  });

  test('everything that is wrong is said at once, by variable, with what belongs there', () => {
    const message = problemsOf({
      HEARTH_FILLS_AT_ONCE: '65',
      HEARTH_DEVELOPMENT_MODE: 'perhaps',
      HEARTH_LOG_LEVEL: 'loud',
      HEARTH_HEALTH_PORT: '80x',
      HEARTH_NATS_URL: 'http://somewhere',
      HEARTH_BACKENDS: '[{"nam":1}]',
    });
    expect(message).toContain('HEARTH_DATABASE_URL: is not set (URL; where the rows are)');
    expect(message).toContain("HEARTH_FILLS_AT_ONCE: '65' is not between 1 and 64 (whole number, 1 to 64;");
    expect(message).toContain("HEARTH_DEVELOPMENT_MODE: 'perhaps' is neither true nor false");
    expect(message).toContain("HEARTH_LOG_LEVEL: 'loud' is none of debug, info");
    expect(message).toContain("HEARTH_HEALTH_PORT: '80x' is not a whole number");
    expect(message).toContain('HEARTH_NATS_URL');
    expect(message).toContain('HEARTH_BACKENDS: at 0.name:');
    expect(message.split('\n')).toHaveLength(8);
  });

  test('a problem with a secret does not show it', () => {
    const strict = z.object({ key: field.secret('a key').refine((text) => text.length > 40, 'is too short') });
    expect(() => parseConfig(strict, { HEARTH_KEY: 'tiny' })).toThrow(/HEARTH_KEY: is too short/);
  });

  test('a value may stand in a file, a secret also behind the variable with _FILE', () => {
    const folder = mkdtempSync(join(tmpdir(), 'hearth-config-'));
    try {
      const file = join(folder, 'value');
      writeFileSync(file, 'from the file\n');
      const env = { ...complete, HEARTH_NATS_USER: `@${file}`, HEARTH_ADMIN_PASSWORD_FILE: file };
      expect(parseConfig(schema, env)).toMatchObject({ natsUser: 'from the file', adminPassword: 'from the file' });
      expect(problemsOf({ ...env, HEARTH_ADMIN_PASSWORD: 'x' })).toContain('HEARTH_ADMIN_PASSWORD_FILE too: keep one');
      expect(problemsOf({ ...complete, HEARTH_ADMIN_PASSWORD_FILE: `${file}.none` })).toContain(
        'HEARTH_ADMIN_PASSWORD: its file cannot be read: ENOENT',
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('a rule over several fields is reported at the field it names', () => {
    const both = z
      .object({ natsUser: field.text('user').optional(), natsPassword: field.secret('password').optional() })
      .refine(({ natsUser, natsPassword }) => !natsUser === !natsPassword, {
        path: ['natsPassword'],
        error: 'is needed with HEARTH_NATS_USER',
      });
    expect(() => parseConfig(both, { HEARTH_NATS_USER: 'api' })).toThrow(
      'HEARTH_NATS_PASSWORD: is needed with HEARTH_NATS_USER',
    );
  });
});

test('a seed for NATS is looked at before it is used, and never shown', () => {
  expect(problemsOf({ ...complete, HEARTH_NATS_NKEY_SEED: 'SUAMLIDTKUPP2BDLSD' })).toContain(
    'HEARTH_NATS_NKEY_SEED: is no seed of a NATS user',
  );
  expect(problemsOf({ ...complete, HEARTH_NATS_NKEY_SEED: 'SUAMLIDTKUPP2BDLSD' })).not.toContain('SUAMLID');
  expect(problemsOf({ ...complete, HEARTH_NATS_NKEY_SEED_FILE: '/nowhere/nkey.seed' })).toContain(
    'HEARTH_NATS_NKEY_SEED: its file cannot be read: ENOENT',
  );
  const seed = new TextDecoder().decode((nkeys as NkeyMaker).createUser().getSeed());
  const config = parseConfig(schema, { ...complete, HEARTH_NATS_NKEY_SEED: seed });
  expect(config.natsNkeySeed).toBe(seed);
  expect(JSON.stringify(effectiveConfig(schema, config))).not.toContain(seed);
});

describe('showing a configuration', () => {
  test('the effective configuration hides secrets and the credentials of URLs', () => {
    const config = parseConfig(schema, {
      ...complete,
      HEARTH_ADMIN_PASSWORD: 'hidden!',
      HEARTH_NATS_URL: 'nats://u:p@n',
    });
    const shown = effectiveConfig(schema, config);
    expect(shown).toMatchObject({
      HEARTH_DATABASE_URL: 'postgres://***@db/hearth',
      HEARTH_ADMIN_PASSWORD: '***',
      HEARTH_NATS_URL: ['nats://***@n'],
      HEARTH_FILLS_AT_ONCE: 4,
    });
    expect(JSON.stringify(shown)).not.toMatch(/s3cret|hidden!|u:p/);
  });

  test('every field describes itself', () => {
    const rows = describeConfig(schema);
    expect(rows.find(({ variable }) => variable === 'HEARTH_FILLS_AT_ONCE')).toEqual({
      variable: 'HEARTH_FILLS_AT_ONCE',
      kind: 'whole number, 1 to 64',
      default: '4',
      required: false,
      secret: false,
      description: 'fills at the same time',
    });
    expect(rows.find(({ variable }) => variable === 'HEARTH_DATABASE_URL')).toMatchObject({ required: true });
    expect(rows.find(({ variable }) => variable === 'HEARTH_ADMIN_PASSWORD')).toMatchObject({
      secret: true,
      required: false,
    });
    expect(rows.find(({ variable }) => variable === 'OTEL_EXPORTER_OTLP_ENDPOINT')).toBeDefined();
    expect(rows.filter(({ description }) => description === '')).toEqual([]);
  });
});
