import { join } from 'node:path';
import { Client } from 'pg';
import { findLaunched, launch, type Launched } from './launch';
import { findPostgres, type PostgresBinariesOptions } from './postgres-binaries';
import {
  clusterMajor,
  initialiseCluster,
  keepPassword,
  preparePostgresHome,
  readPassword,
  superuser,
} from './postgres-home';
import { anyFreePort, choosePort } from './ports';
import type { UnixUser } from './run-program';
import { findUser, isRoot } from './unix-user';

/** How to start a PostgreSQL server. */
export interface PostgresOptions extends Pick<PostgresBinariesOptions, 'binDir' | 'log'> {
  /** The cluster, log, process identity and password; kept over restarts. */
  readonly dataDir: string;
  /** Left out or -1: any free port. */
  readonly port?: number;
  readonly whenTaken?: 'avoid' | 'refuse';
  /** Address to listen on; the loopback address unless told. */
  readonly host?: string;
  /** True: survives us, for `stack up`. */
  readonly detached?: boolean;
  /** False: no password, nothing waits for the disk; for throw-away servers. True unless told. */
  readonly durable?: boolean;
  /** The database that exists when we return, and that `url` names. */
  readonly database?: string;
  readonly readyTimeoutMs?: number;
}

/** A running PostgreSQL server. */
export interface RunningPostgres extends Launched {
  /** Of the first database; holds the password if there is one. */
  readonly url: string;
  readonly port: number;
  readonly major: number;
  /** Makes a database, empty or a copy of a template nobody is connected to; returns its URL. One that exists is left as it is. */
  createDatabase(name: string, template?: string): Promise<string>;
  dropDatabase(name: string): Promise<void>;
}

interface PostgresNotes extends Record<string, string | number> {
  host: string;
  port: number;
  major: number;
  database: string;
}

const processName = 'postgres';
/** Somebody may take a free port between our look and the server's start. */
const startsMax = 4;

/** Starts a PostgreSQL server, making its cluster and database when they are missing. Throws when one already runs from this directory. */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const { dataDir, host = '127.0.0.1', durable = true, log = () => undefined, database = 'hearth' } = options;
  const user = isRoot() ? await findUser(['postgres', 'nobody']) : undefined;
  const binaries = await findPostgres({ ...options, major: await clusterMajor(dataDir), user });
  const home = await preparePostgresHome(dataDir, user, log);
  const password = durable ? await keepPassword(dataDir) : undefined;
  const data = await initialiseCluster({ ...binaries, home, user, password, durable });
  const wantsAny = options.port === undefined || options.port === -1;
  for (let start = 1; ; start++) {
    const port = wantsAny ? await anyFreePort(host) : await choosePort({ ...options, host, what: processName, log });
    try {
      const notes = { host: reachable(host), port, major: binaries.major, database };
      const running = await launchPostgres({
        ...options,
        binDir: binaries.binDir,
        host,
        data,
        user,
        password,
        durable,
        notes,
      });
      await running.createDatabase(database);
      return running;
    } catch (error) {
      if (start === startsMax || !/could not bind|Address already in use/.test((error as Error).message)) throw error;
    }
  }
}

/** The server that was started with this directory and still runs. */
export async function findRunningPostgres(dataDir: string): Promise<RunningPostgres | undefined> {
  const launched = await findLaunched<PostgresNotes>(dataDir, processName);
  if (!launched?.notes.port) return undefined;
  return runningPostgres(launched, await readPassword(dataDir));
}

interface Start extends PostgresOptions {
  readonly binDir: string;
  readonly host: string;
  readonly data: string;
  readonly user?: UnixUser;
  readonly password?: string;
  readonly durable: boolean;
  readonly notes: PostgresNotes;
}

async function launchPostgres(start: Start): Promise<RunningPostgres> {
  const { binDir, dataDir, data, host, user, password, durable, notes } = start;
  const settings = [
    `listen_addresses=${host}`,
    `port=${notes.port}`,
    'unix_socket_directories=',
    'timezone=UTC',
    'log_timezone=UTC',
    // A throw-away server neither waits for the disk nor needs much memory. Commits still reach the kernel before they
    // are acknowledged, so a killed server loses nothing.
    ...(durable ? [] : ['fsync=off', 'full_page_writes=off', 'shared_buffers=16MB']),
  ];
  const launched = await launch<PostgresNotes>({
    name: processName,
    argv: [join(binDir, 'postgres'), '-D', data, ...settings.flatMap((setting) => ['-c', setting])],
    directory: dataDir,
    detached: start.detached,
    cwd: '/',
    user,
    stopSignal: 'SIGINT', // PostgreSQL's fast shutdown: disconnects clients, then a checkpoint
    stopTimeoutMs: 30_000,
    readyTimeoutMs: start.readyTimeoutMs,
    ready: async () => {
      const [row] = await query(urlOf(notes, 'postgres', password), 'show data_directory');
      if (row?.data_directory !== data) throw new Error(`port ${notes.port} belongs to another server`);
      return notes;
    },
  });
  return runningPostgres(launched, password);
}

function runningPostgres(launched: Launched<PostgresNotes>, password: string | undefined): RunningPostgres {
  const { notes } = launched;
  const maintenance = urlOf(notes, 'postgres', password);
  return {
    ...launched,
    url: urlOf(notes, notes.database, password),
    port: notes.port,
    major: notes.major,
    createDatabase: async (name, template) => {
      const origin = template === undefined ? '' : ` template ${identifier(template)}`;
      await query(maintenance, `create database ${identifier(name)}${origin}`).catch((error: { code?: string }) => {
        if (error.code !== '42P04') throw error; // duplicate_database
      });
      return urlOf(notes, name, password);
    },
    dropDatabase: async (name) => {
      await query(maintenance, `drop database if exists ${identifier(name)} with (force)`);
    },
  };
}

function urlOf({ host, port }: PostgresNotes, database: string, password: string | undefined): string {
  const who = password === undefined ? superuser : `${superuser}:${password}`;
  return `postgresql://${who}@${host.includes(':') ? `[${host}]` : host}:${port}/${database}`;
}

function identifier(name: string): string {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(name))
    throw new Error(`'${name}' is not a database name: lower-case letters, digits and underscores, 63 at most`);
  return `"${name}"`;
}

async function query(connectionString: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined); // the query's own promise tells
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** An address to listen on is not always one to connect to. */
const reachable = (host: string): string => (host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host);
