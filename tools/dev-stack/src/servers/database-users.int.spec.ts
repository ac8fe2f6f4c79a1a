import { migrate } from '@hearth/read-model';
import { temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { throwAwayPostgres, type ThrowAwayPostgres } from '@hearth/testing/servers';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { type DatabaseUrls, makeDatabaseUsers } from './database-users';

jest.setTimeout(60_000);

let directory: TemporaryDirectory;
let postgres: ThrowAwayPostgres;
let superuserUrl: string;
let passwordsFile: string;
let urls: DatabaseUrls;

beforeAll(async () => {
  [directory, postgres] = await Promise.all([temporaryDirectory('hearth-database-'), throwAwayPostgres()]);
  superuserUrl = await postgres.createDatabase('hearth');
  await query(superuserUrl, 'create table made_before (n int)');
  passwordsFile = join(directory.path, 'users.json');
  urls = await makeDatabaseUsers(superuserUrl, passwordsFile);
  await migrate({ url: urls.api });
});
afterAll(async () => {
  await postgres.stop();
  await directory.remove();
});

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return client.query(sql).then(
    ({ rows }) => client.end().then(() => rows),
    (error: unknown) =>
      client.end().then(() => {
        throw error;
      }),
  );
}

test('a second run changes neither passwords nor rights, and the file is for its owner alone', async () => {
  expect(await makeDatabaseUsers(superuserUrl, passwordsFile)).toEqual(urls);
  expect((await stat(passwordsFile)).mode & 0o777).toBe(0o600);
});

test('a file that holds no passwords is named', async () => {
  const damaged = join(directory.path, 'damaged.json');
  await writeFile(damaged, '{"api":"x"}');
  await expect(makeDatabaseUsers(superuserUrl, damaged)).rejects.toThrow(`${damaged} is damaged`);
});

test.each([
  'select count(*) from volumes',
  'insert into made_before values (1)',
  'create schema hearth_rebuild',
  'create table hearth_rebuild.made_after (n int)',
  'alter table made_before add m int',
])('the api may: %s', async (sql) => {
  await query(urls.api, sql);
});

test.each([
  'create role somebody',
  'create database another',
  "copy (select 1) to program 'true'",
  "select pg_read_file('postgresql.conf')",
  'alter role hearth_reader superuser',
  'set role hearth',
])('the api is denied: %s', async (sql) => {
  await expect(query(urls.api, sql)).rejects.toThrow(/permission denied|must be superuser|permission/i);
});

test.each(['volumes', 'made_before'])('the reader may look at %s', async (table) => {
  expect(await query(urls.reader, `select count(*) from ${table}`)).toHaveLength(1);
});

test.each([
  'insert into made_before values (1)',
  'update volumes set name = null',
  'delete from volumes',
  'truncate volumes',
  'drop table volumes',
  'create table mine (n int)',
  'create schema mine',
  'create temp table mine (n int)',
  'set role hearth_api',
])('the reader is denied: %s', async (sql) => {
  await expect(query(urls.reader, sql)).rejects.toThrow(/permission denied|must be owner|permission/i);
});
