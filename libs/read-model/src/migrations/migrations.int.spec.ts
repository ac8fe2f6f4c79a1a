import { throwAwayPostgres, type ThrowAwayPostgres } from '@hearth/testing/servers';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { ReadModelUnavailableError } from '../database/read-model-unavailable.error';
import { describeSchema } from '../testing/describe-schema';
import { createDataSource } from './data-source';
import { migrate } from './migrate';

const golden = join(__dirname, '__golden__', 'schema.sql');
let server: ThrowAwayPostgres;

beforeAll(async () => {
  server = await throwAwayPostgres();
}, 60_000);
afterAll(async () => {
  await server.stop();
});

test('the tables that all migrations lead to are those of the golden file', async () => {
  const url = await server.createDatabase('golden');
  await migrate({ url });
  const schema = await describeSchema(url);
  if (process.env['UPDATE_GOLDEN'] || !existsSync(golden)) writeFileSync(golden, schema);
  expect(schema).toBe(readFileSync(golden, 'utf8'));
});

test('the entities name every column as the migrations made it', async () => {
  const url = await server.createDatabase('entities');
  await migrate({ url });
  const dataSource = await createDataSource({ url }).initialize();
  try {
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    // Partial and descending indexes, comments, defaults and the constraint's name are beyond entities: the golden file has them.
    const ofColumns = upQueries.filter(
      ({ query }) => !/^DROP INDEX|^COMMENT ON|DROP CONSTRAINT|DROP DEFAULT$/.test(query),
    );
    expect(ofColumns.map(({ query }) => query)).toEqual([]);
  } finally {
    await dataSource.destroy();
  }
});

test('replicas that start together run each migration once', async () => {
  const url = await server.createDatabase('together');
  const ran = await Promise.all([migrate({ url }), migrate({ url }), migrate({ url })]);
  expect(ran.map((names) => names.length).sort()).toEqual([0, 0, 6]);
});

test('migrations can be taken back', async () => {
  const url = await server.createDatabase('back');
  const names = await migrate({ url });
  const dataSource = await createDataSource({ url }).initialize();
  try {
    for (const _name of names) await dataSource.undoLastMigration();
  } finally {
    await dataSource.destroy();
  }
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query("select tablename from pg_tables where schemaname = 'public'");
  await client.end();
  expect(rows).toEqual([{ tablename: 'migrations' }]);
});

test('a server that is away is said to be away', async () => {
  await expect(migrate({ url: 'postgresql://postgres@127.0.0.1:1/none' })).rejects.toThrow(ReadModelUnavailableError);
});
