import { throwAwayPostgres, type ThrowAwayPostgres } from '@hearth/testing/servers';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { ReadModelUnavailableError } from '../database/read-model-unavailable.error';
import { administer } from '../testing/administer';
import { describeSchema } from '../testing/describe-schema';
import { createDataSource } from './data-source';
import { TypesAndQuota1767225900000 } from './1767225900000-types-and-quota.migration';
import { VolumeLife1767225840000 } from './1767225840000-volume-life.migration';
import { allMigrations } from './all-migrations';
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
  expect(ran.map((names) => names.length).sort()).toEqual([0, 0, allMigrations.length]);
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

/** Undoes a migration and all that came after it. Resolves with how many those were. */
async function undoFrom(url: string, first: (typeof allMigrations)[number]): Promise<number> {
  const undone = allMigrations.slice(allMigrations.indexOf(first));
  const dataSource = await createDataSource({ url }).initialize();
  for (const _migration of undone) await dataSource.undoLastMigration();
  await dataSource.destroy();
  return undone.length;
}

test('tables of before are emptied to be folded anew, and limits of before are taken over', async () => {
  const url = await server.createDatabase('before');
  await migrate({ url });
  const undone = await undoFrom(url, VolumeLife1767225840000);
  await administer(url, `insert into project_usage values ('demo', 1, 10)`);
  await administer(url, `update projection_checkpoints set sequence = 7, commit_id = 'c', commit_digest = 'd'`);
  await administer(
    url,
    `update quota_limits set volumes = 20, per_volume_gigabytes = null where project_id = 'default'`,
  );
  await administer(url, `insert into quota_limits values ('demo', null, 50, -1)`);
  const [{ generation: before } = {}] = await administer(url, 'select generation from projection_checkpoints');
  expect(await migrate({ url })).toHaveLength(undone);
  expect(await administer(url, 'select * from project_usage')).toEqual([]);
  expect(await administer(url, 'select generation, sequence, commit_id from projection_checkpoints')).toEqual([
    { generation: Number(before) + 6, sequence: '0', commit_id: null },
  ]);
  expect(await administer(url, 'select * from quota_limits order by resource')).toEqual([
    { project_id: 'demo', resource: 'gigabytes', hard_limit: 50 },
    { project_id: 'demo', resource: 'per_volume_gigabytes', hard_limit: -1 },
  ]);
  const classes = await administer(url, `select resource, hard_limit from quota_classes where class_name = 'default'`);
  expect(Object.fromEntries(classes.map(({ resource, hard_limit: limit }) => [resource, limit]))).toEqual({
    ...{ volumes: 20, gigabytes: 1000, per_volume_gigabytes: -1, snapshots: 10 },
    ...{ backups: 10, backup_gigabytes: 1000, groups: 10 },
  });
});

test('limits are handed back to a version of before', async () => {
  const url = await server.createDatabase('back_to_before');
  await migrate({ url });
  await administer(url, `insert into quota_limits values ('demo', 'volumes', 3), ('demo', 'snapshots', 4)`);
  await undoFrom(url, TypesAndQuota1767225900000);
  expect(await administer(url, 'select * from quota_limits order by project_id')).toEqual([
    { project_id: 'default', volumes: 10, gigabytes: 1000, per_volume_gigabytes: -1 },
    { project_id: 'demo', volumes: 3, gigabytes: null, per_volume_gigabytes: null },
  ]);
});

test('a server that is away is said to be away', async () => {
  await expect(migrate({ url: 'postgresql://postgres@127.0.0.1:1/none' })).rejects.toThrow(ReadModelUnavailableError);
});
