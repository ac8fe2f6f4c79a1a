import { type ClientConfig, types } from 'pg';

/** Where the read model is and how its connections behave. Times in milliseconds. */
export interface ReadModelOptions {
  readonly url: string;
  /** Shown by pg_stat_activity. */
  readonly applicationName?: string;
  /** Connections for reads and quota at the most; 10 unless told. */
  readonly connectionsMax?: number;
  /** 2 s unless told. */
  readonly connectTimeoutMs?: number;
  /** How long one statement of a request may take; 5 s unless told. */
  readonly statementTimeoutMs?: number;
  /** The schema of the tables, when it is not the one that the server's search path names. */
  readonly schema?: string;
}

export const connectTimeoutDefaultMs = 2_000;

const { builtins } = types;
const parsers: Readonly<Record<number, (text: string) => unknown>> = {
  [builtins.INT8]: Number,
  [builtins.NUMERIC]: Number,
  [builtins.TIMESTAMPTZ]: instantOf,
};

/** As a session in UTC prints it: `2026-01-02 03:04:05.678+00`, without zeros at the end of the fraction. */
const printedInUtc = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:(\.\d{1,3})\d*)?\+00$/;

/** ISO 8601 with milliseconds. Lists are full of instants, and a Date takes ten times as long. */
export function instantOf(text: string): string {
  const [, day, time, fraction = '.'] = printedInUtc.exec(text) ?? [];
  return day ? `${day}T${time}${fraction.padEnd(4, '0')}Z` : new Date(text).toISOString();
}

/** Instants arrive as the ISO texts that facts carry, counts as numbers (exact to 2^53). */
const rowTypes = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    parsers[oid] ?? (types.getTypeParser as (oid: number, format?: string) => (text: string) => unknown)(oid, format),
} as ClientConfig['types'];

/** How to connect; `settings` are parameters of the session. */
export function clientConfig(
  { url, applicationName = 'hearth', connectTimeoutMs = connectTimeoutDefaultMs, schema }: ReadModelOptions,
  settings: Readonly<Record<string, string>> = {},
): ClientConfig {
  const all = { ...settings, timezone: 'UTC', ...(schema && { search_path: schema }) };
  return {
    connectionString: url,
    application_name: applicationName,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: rowTypes,
    options: Object.entries(all)
      .map(([name, value]) => `-c ${name}=${value.replace(/[\\ ]/g, '\\$&')}`)
      .join(' '),
  };
}
