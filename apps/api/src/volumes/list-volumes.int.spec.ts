import { setQuotaLimits } from '@hearth/read-model';
import { type DatabaseApi, startDatabaseApi } from '../testing/database-api';
import { givenSnapshot } from '../testing/given-snapshot';
import { decideFor, givenVolume } from '../testing/given-volume';
import { type Answer, tokens } from '../testing/test-api';

let house: DatabaseApi;
let ids: Record<'small' | 'large' | 'other', string>;

beforeAll(async () => {
  house = await startDatabaseApi();
  await setQuotaLimits(house.database, 'demo', { volumes: -1 });
  const small = await givenVolume(house, { name: 'Small', metadata: { tier: 'gold', k: 'v' } });
  const large = await givenVolume(house, { name: 'large', sizeGib: 5, metadata: { tier: 'iron' } });
  const other = await givenVolume(house, { name: 'theirs', projectId: 'other' as never, metadata: { tier: 'tin' } });
  await decideFor(
    house,
    large,
    { do: 'SetBootable', bootable: true },
    { do: 'ChangeImageMetadata', change: { set: { os_distro: 'debian' } } },
  );
  ids = { small, large, other };
}, 60_000);
afterAll(() => house.stop());

const speaking = (minor: number, token: string = tokens.member) => ({
  token,
  headers: { 'openstack-api-version': `volume 3.${minor}` },
});
const namesOf = ({ body }: Answer) => (body as { volumes: { name: string }[] }).volumes.map(({ name }) => name);
const named = async (query: string, minor = 70, token: string = tokens.member) => {
  const project = token.split(':')[0]!;
  return namesOf(await house.api.get(`/v3/${project}/volumes?sort=size&${query}`, speaking(minor, token)));
};

describe('a list', () => {
  test.each([
    ['', ['large', 'Small']],
    ['name=large', ['large']],
    ["name='large'", []],
    ['status=available', ['large', 'Small']],
    ["status=['error','in-use']", []],
    ['size=5', ['large']],
    ['size=x', []],
    ['bootable=true', ['large']],
    ['bootable=0', ['Small']],
    ['metadata={"tier":"gold"}', ['Small']],
    ["metadata={'tier': 'gold', 'k': 'v'}", ['Small']],
    ['metadata={"tier":"gold","k":"other"}', []],
    ['metadata=nonsense', []],
    ['group_id=x', []],
    ['group_id=None', ['large', 'Small']],
    ['migration_status=None', ['large', 'Small']],
    ['migration_status=migrating', []],
    ['consumes_quota=true', ['large', 'Small']],
    ['consumes_quota=false', []],
    ['created_at=gt:2020-01-01', ['large', 'Small']],
    ['created_at=lt:2020-01-01T00:00:00Z', []],
    ['all_tenants=1', ['large', 'Small']],
    ['all_tenants=nonsense', ['large', 'Small']],
  ])('%s', async (query, names) => {
    expect(await named(query)).toEqual(names);
  });

  test.each([
    ['all_tenants=1', ['large', 'theirs', 'Small']],
    ['all_tenants=1&name~=AR', ['large']],
    ['all_tenants=1&project_id=other', ['theirs']],
    ['all_tenants=1&host=store-01', ['large', 'theirs', 'Small']],
    ['all_tenants=1&host=store-01@fast', ['large', 'theirs', 'Small']],
    ['all_tenants=1&host=store-0', []],
    ['all_tenants=1&glance_metadata={"os_distro":"debian"}', ['large']],
    ['all_tenants=1&nonsense=1', []],
    ['', []],
  ])('%s, for an administrator', async (query, names) => {
    const listed = await named(query, 70, tokens.admin);
    expect(listed.toSorted()).toEqual(names.toSorted());
  });

  test('of all projects only for an administrator who spells it', async () => {
    const answer = await house.api.get('/v3/operators/volumes?all_tenants=nonsense', { token: tokens.admin });
    expect(answer).toMatchObject({
      status: 400,
      body: { badRequest: { message: "Value 'nonsense' for 'all_tenants' is not a boolean." } },
    });
  });
});

describe('the summary', () => {
  test("adds a project's volumes up, with metadata from 3.36 on", async () => {
    const at = (minor: number, asking = speaking(minor)) => house.api.get('/v3/demo/volumes/summary', asking);
    expect((await at(12)).body).toEqual({ 'volume-summary': { total_count: 2, total_size: 6 } });
    expect((await at(36)).body).toEqual({
      'volume-summary': { total_count: 2, total_size: 6, metadata: { k: ['v'], tier: ['gold', 'iron'] } },
    });
    expect((await at(11)).status).toBe(404);
  });

  test('of all projects is for administrators', async () => {
    const all = '/v3/operators/volumes/summary?all_tenants=1';
    expect((await house.api.get(all, speaking(12, tokens.admin))).body).toMatchObject({
      'volume-summary': { total_count: 3 },
    });
    expect((await house.api.get('/v3/other/volumes/summary?all_tenants=1', speaking(12, tokens.other))).body).toEqual({
      'volume-summary': { total_count: 1, total_size: 1 },
    });
  });
});

test('resource filters are told to everybody from 3.33 on, of one kind or of all', async () => {
  const { status, body } = await house.api.get('/v3/demo/resource_filters', speaking(33, tokens.reader));
  expect(status).toBe(200);
  const { resource_filters: all } = body as { resource_filters: { resource: string; filters: string[] }[] };
  expect(all.map(({ resource }) => resource)).toContain('snapshot');
  const one = await house.api.get('/v3/demo/resource_filters?resource=pool', speaking(33));
  expect(one.body).toEqual({ resource_filters: [{ resource: 'pool', filters: ['name', 'volume_type'] }] });
  expect((await house.api.get('/v3/demo/resource_filters', speaking(32))).status).toBe(404);
});

test('a volume shows what it was made from', async () => {
  const snapshotId = await givenSnapshot(house, ids.small);
  const source = { kind: 'snapshot', snapshotId, volumeId: ids.small, pool: 'store-01@fast#default' } as never;
  const copy = await givenVolume(house, { name: 'copy', source });
  const { body } = await house.api.get(`/v3/demo/volumes/${copy}`, speaking(70));
  expect(body).toMatchObject({ volume: { snapshot_id: snapshotId, source_volid: null } });
});
