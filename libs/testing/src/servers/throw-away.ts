import { type NatsOptions, startNats } from './nats.server';
import { startPostgres } from './postgres.server';
import { join } from 'node:path';
import { removePostgresData } from './postgres-home';
import { temporaryDirectory } from '../temporary-directory';

/** A server for one test file, on a port of its own, with data of its own. */
export interface ThrowAway {
  readonly url: string;
  readonly port: number;
  /** Ends the server as a crash would; the data stays for `restart`. */
  kill(): Promise<void>;
  /** Ends the server in order; the data stays for `restart`. */
  pause(): Promise<void>;
  /** Starts it again with the same data on the same port, stopping it first if it runs. */
  restart(): Promise<void>;
  /** Ends the server and removes its data. */
  stop(): Promise<void>;
}

export interface ThrowAwayNats extends ThrowAway {
  readonly version: string;
  /** What JetStream has stored; to be touched only while the server does not run. */
  readonly storeDirectory: string;
}

export interface ThrowAwayPostgres extends ThrowAway {
  readonly major: number;
  /** Makes a database, empty or a copy of a template nobody is connected to; returns its URL. */
  createDatabase(name: string, template?: string): Promise<string>;
  dropDatabase(name: string): Promise<void>;
}

/** A nats-server with JetStream, some 50 ms away. Safe with parallel test files. */
export async function throwAwayNats(
  options: Pick<NatsOptions, 'maxPayloadBytes' | 'usersFile'> = {},
): Promise<ThrowAwayNats> {
  const directory = await temporaryDirectory('hearth-nats-');
  const start = (port?: number) =>
    startNats({ ...options, dataDir: directory.path, port, whenTaken: 'refuse', syncAlways: 'never' });
  let server = await start().catch(async (error) => {
    await directory.remove();
    throw error;
  });
  const { url, port, version } = server;
  return {
    url,
    port,
    version,
    storeDirectory: join(directory.path, 'jetstream'),
    kill: () => server.kill(),
    pause: () => server.stop(),
    restart: async () => {
      await server.stop();
      server = await start(port);
    },
    stop: async () => {
      await server.kill();
      await directory.remove();
    },
  };
}

/** A PostgreSQL server without passwords and fsync, about a second away. Safe with parallel test files. */
export async function throwAwayPostgres(): Promise<ThrowAwayPostgres> {
  const directory = await temporaryDirectory('hearth-postgres-');
  const remove = async () => {
    await removePostgresData(directory.path);
    await directory.remove();
  };
  const start = (port?: number) =>
    startPostgres({ dataDir: directory.path, port, whenTaken: 'refuse', durable: false, database: 'test' });
  let server = await start().catch(async (error) => {
    await remove();
    throw error;
  });
  const { url, port, major } = server;
  return {
    url,
    port,
    major,
    createDatabase: (name, template) => server.createDatabase(name, template),
    dropDatabase: (name) => server.dropDatabase(name),
    kill: () => server.kill(),
    pause: () => server.stop(),
    restart: async () => {
      await server.stop();
      server = await start(port);
    },
    stop: async () => {
      await server.kill();
      await remove();
    },
  };
}
