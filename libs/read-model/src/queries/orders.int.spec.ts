import { throwAwayPostgres, type ThrowAwayPostgres } from '@hearth/testing/servers';
import { Client, escapeLiteral } from 'pg';
import { Database, type Statement } from '../database/database';
import { migrate } from '../migrations/migrate';
import { administer } from '../testing/administer';
import type { SortKey } from './order';
import { listVolumes, type SortField, type VolumeListOptions } from './volumes.query';

// Pages of the orders that clients ask for most are read from an index, from their first row on: nothing is sorted, whatever the size.

const volumesPerProject = 10_000;
let server: ThrowAwayPostgres;
let url: string;
let database: RecordingDatabase;

/** Tells which statements a query came to. */
class RecordingDatabase extends Database {
  readonly asked: { readonly statement: Statement; readonly values: readonly unknown[] }[] = [];

  override async query<Row extends object>(statement: Statement, values: readonly unknown[] = []): Promise<Row[]> {
    this.asked.push({ statement, values });
    return super.query<Row>(statement, values);
  }
}

beforeAll(async () => {
  server = await throwAwayPostgres();
  url = await server.createDatabase('orders');
  await migrate({ url });
  database = new RecordingDatabase({ url });
  await administer(url, generated);
  await administer(url, 'analyze volumes');
}, 120_000);
afterAll(async () => {
  await database.close();
  await server.stop();
});

/** Two projects, most volumes available, names of which many are alike, some deleted, in no order of creation. */
const generated = `
  insert into volumes (id, project_id, user_id, name, status, size_gib, bootable, multiattach, attach_status, attachments,
      snapshot_ids, internal, metadata, image_metadata, placements, created_at, updated_at, deleted_at)
    select md5(n::text), 'project ' || n % 2, 'user', case when n % 5 > 0 then 'name ' || n % 1000 end,
           case when n % 100 = 0 then 'error' when n % 7 = 0 then 'in-use' else 'available' end, 1 + n % 50, n % 3 = 0, false,
           'detached', '[]', '[]', false, '{}', '{}', '[]', now() - n * 7919 % 1000003 * interval '1 second', now(),
           case when n % 11 = 0 then now() end
      from generate_series(1, ${2 * volumesPerProject}) n`;

const project = { id: 'project 1' };
const by = (field: SortField, direction: SortKey['direction']) => [{ by: field, direction }];
const orders: [string, Partial<VolumeListOptions>][] = [
  ['the default order', {}],
  ...(['createdAt', 'status', 'name'] as const).flatMap((field) =>
    (['asc', 'desc'] as const).map((direction): [string, Partial<VolumeListOptions>] => [
      `${field} ${direction}`,
      { sort: by(field, direction) },
    ]),
  ),
];
const filtered: [string, Partial<VolumeListOptions>][] = [
  ['one status in the default order', { filters: { status: 'available' } }],
  ['creation after a moment', { filters: { createdAt: { gt: '2020-01-01T00:00:00Z' } } }],
];
const scopes = [project, 'all'] as const;
const cases = scopes.flatMap((scope) =>
  [...orders, ...filtered].map(([name, options]) => {
    const whose = scope === 'all' ? 'all projects' : 'one project';
    return [`${name}, of ${whose}`, { ...options, project: scope }] as const;
  }),
);

test.each(cases)('%s: pages come from an index', async (_name, options) => {
  const fromIndex = [
    ['Limit', 'Index Scan'],
    ['Limit', 'Index Scan'],
  ];
  expect((await planned({ ...options, limit: 100 })).map(nodesOf)).toEqual(fromIndex);
  const { volumes } = await listVolumes(database, { ...options, limit: 100 });
  expect(volumes.length).toBeGreaterThan(0);
  const marker = volumes[Math.floor(volumes.length / 2)]!.id;
  expect((await planned({ ...options, limit: 100, marker })).map(nodesOf)).toEqual(fromIndex);
});

test.each([
  ['a status that few have', { status: 'error' }, /by_status$/],
  ['a name', { name: 'name 1' }, /by_name$/],
] as const)('%s: the few rows are found by its index', async (_name, filters, index) => {
  for (const scope of scopes) {
    for (const plan of await planned({ filters, project: scope, limit: 100 })) expect(indexOf(plan)).toMatch(index);
  }
});

test('nothing is counted unless it is asked for', async () => {
  const countsOf = async (options: Partial<VolumeListOptions>) => {
    database.asked.length = 0;
    await listVolumes(database, { project, limit: 10, ...options });
    return database.asked.filter(({ statement }) => statement.text.includes('count(')).length;
  };
  expect(await countsOf({})).toBe(0);
  expect(await countsOf({ withCount: true })).toBe(1);
});

/** The plans for the page: when the server looks at the values, and when it does not, as for a statement that was used often. */
async function planned(options: VolumeListOptions): Promise<readonly Plan[]> {
  database.asked.length = 0;
  await listVolumes(database, options);
  const { statement, values } = database.asked.at(-1)!;
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`prepare page as ${statement.text}`);
    const custom = await explained(client, 'force_custom_plan', values);
    return [custom, await explained(client, 'force_generic_plan', values)];
  } finally {
    await client.end();
  }
}

async function explained(client: Client, mode: string, values: readonly unknown[]): Promise<Plan> {
  await client.query(`set plan_cache_mode = ${mode}`);
  const literals = values.map((value) => escapeLiteral(String(value))).join(', ');
  const { rows } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: Plan }[] }>(
    `explain (format json) execute page${literals === '' ? '' : `(${literals})`}`,
  );
  return rows[0]!['QUERY PLAN'][0]!.Plan;
}

interface Plan {
  readonly 'Node Type': string;
  readonly 'Index Name'?: string;
  readonly Plans?: readonly Plan[];
}

function indexOf(plan: Plan): string | undefined {
  return plan['Index Name'] ?? plan.Plans?.map(indexOf).find((name) => name !== undefined);
}

/** From the outermost in. */
function nodesOf(plan: Plan): string[] {
  return [plan['Node Type'], ...(plan.Plans ?? []).flatMap(nodesOf)];
}
