import type { ProjectId } from '@hearth/kernel';
import { setQuotaLimits } from '@hearth/read-model';
import { type DatabaseApi, startDatabaseApi } from '../testing/database-api';
import { decideFor, givenVolume } from '../testing/given-volume';
import { type Asking, tokens } from '../testing/test-api';

let house: DatabaseApi;
beforeAll(async () => {
  house = await startDatabaseApi();
  await setQuotaLimits(house.database, 'demo', { volumes: -1, gigabytes: -1, snapshots: -1 });
}, 60_000);
afterAll(() => house.stop());

const at = (minor: number, token: string = tokens.member): Asking => ({
  token,
  headers: { 'openstack-api-version': `volume 3.${minor}` },
});
const failure = { code: 'backend.failed', reason: 'The disk is broken.' } as const;

type Snapshot = Readonly<Record<string, unknown>> & { readonly id: string };

async function create(volumeId: string, more: object = {}, asking = at(70)): Promise<Snapshot> {
  const body = { snapshot: { volume_id: volumeId, name: 'snap', description: null, ...more } };
  const answer = await house.api.post('/v3/demo/snapshots', body, asking);
  if (answer.status !== 202) throw new Error(`${answer.status} ${answer.text}`);
  return (answer.body as { snapshot: Snapshot }).snapshot;
}

/** One that is available. */
async function given(volumeId?: string, more: object = {}): Promise<string> {
  const ofVolume = volumeId ?? (await givenVolume(house));
  const { id } = await create(ofVolume, more);
  await decideFor(house, ofVolume, { do: 'RecordSnapshotCreated', snapshotId: id });
  return id;
}

async function show(id: string, asking = at(70)): Promise<Snapshot> {
  return ((await house.api.get(`/v3/demo/snapshots/${id}`, asking)).body as { snapshot: Snapshot }).snapshot;
}

async function names(query: string, asking = at(70)): Promise<unknown[]> {
  const { body } = await house.api.get(`/v3/demo/snapshots/detail${query}`, asking);
  return (body as { snapshots: Snapshot[] }).snapshots.map(({ name }) => name);
}

describe('a snapshot', () => {
  test('is creating until its host has made it, with the keys that its microversion knows', async () => {
    const volumeId = await givenVolume(house, { sizeGib: 2 });
    const snapshot = await create(volumeId, { metadata: { p: 'q' } }, at(65));
    const first = ['id', 'created_at', 'updated_at', 'name', 'description', 'volume_id', 'status', 'size', 'metadata'];
    expect(Object.keys(snapshot)).toEqual([...first, 'group_snapshot_id', 'user_id', 'consumes_quota']);
    expect(snapshot).toMatchObject({ status: 'creating', size: 2, metadata: { p: 'q' }, updated_at: null });
    expect(Object.keys(await create(volumeId, {}, at(0)))).toEqual(first);
    await decideFor(house, volumeId, { do: 'RecordSnapshotCreated', snapshotId: snapshot.id });
    expect(await show(snapshot.id, at(0))).toMatchObject({
      status: 'available',
      'os-extended-snapshot-attributes:project_id': 'demo',
      'os-extended-snapshot-attributes:progress': '100%',
    });
  });

  test('whose host could not make it is in error, and can be deleted', async () => {
    const volumeId = await givenVolume(house);
    const { id } = await create(volumeId);
    expect((await house.api.delete(`/v3/demo/snapshots/${id}`)).status).toBe(400);
    await decideFor(house, volumeId, { do: 'RecordSnapshotFailure', snapshotId: id, failure });
    expect(await show(id)).toMatchObject({ status: 'error' });
    expect((await house.api.delete(`/v3/demo/snapshots/${id}`)).status).toBe(202);
    expect(await show(id)).toMatchObject({ status: 'deleting' });
    await decideFor(house, volumeId, { do: 'RecordSnapshotDeleted', snapshotId: id });
    expect((await house.api.get(`/v3/demo/snapshots/${id}`)).status).toBe(404);
  });

  test('of a volume in use needs force before 3.66, and nothing from it on', async () => {
    const volumeId = await givenVolume(house);
    const instance = { instanceId: null, hostName: 'node', mountpoint: '/dev/vdb', mode: 'rw' } as const;
    await decideFor(house, volumeId, { do: 'LegacyAttach', attachmentId: volumeId, ...instance });
    const body = (force?: unknown) => ({ snapshot: { volume_id: volumeId, ...(force !== undefined && { force }) } });
    const post = (force: unknown, minor: number) => house.api.post('/v3/demo/snapshots', body(force), at(minor));
    expect(await post(false, 65)).toMatchObject({
      status: 400,
      body: {
        badRequest: { message: expect.stringContaining('status must be available, but current status is: in-use') },
      },
    });
    expect((await post('True', 65)).status).toBe(202);
    expect((await post(undefined, 66)).status).toBe(202);
    expect((await post(false, 66)).status).toBe(400);
    expect((await post('true', 66)).status).toBe(202);
  });

  test('counts against the quota', async () => {
    const volumeId = await givenVolume(house, { sizeGib: 999, projectId: 'other' as ProjectId });
    const body = { snapshot: { volume_id: volumeId } };
    const answer = await house.api.post('/v3/other/snapshots', body, at(70, tokens.other));
    expect(answer).toMatchObject({ status: 413, body: { overLimit: { code: 413 } }, headers: { 'retry-after': '0' } });
  });

  test('keeps its volume from being deleted, but not with all its snapshots', async () => {
    const volumeId = await givenVolume(house);
    await given(volumeId);
    expect((await house.api.delete(`/v3/demo/volumes/${volumeId}`)).status).toBe(400);
    expect((await house.api.delete(`/v3/demo/volumes/${volumeId}?cascade=True`)).status).toBe(202);
  });

  test('is renamed', async () => {
    const id = await given();
    const answer = await house.api.put(
      `/v3/demo/snapshots/${id}`,
      { snapshot: { display_name: 'new', description: 'd' } },
      at(70),
    );
    expect(answer).toMatchObject({ status: 200, body: { snapshot: { id, name: 'new', description: 'd' } } });
    expect(await show(id)).toMatchObject({ name: 'new', description: 'd' });
    expect((await house.api.put(`/v3/demo/snapshots/${id}`, { snapshot: {} }, at(53))).status).toBe(400);
  });
});

describe('metadata', () => {
  test('are merged, replaced, shown and deleted by key', async () => {
    const path = `/v3/demo/snapshots/${await given()}/metadata`;
    expect((await house.api.post(path, { metadata: { a: '1', b: '2' } })).body).toEqual({
      metadata: { a: '1', b: '2' },
    });
    expect((await house.api.put(path, { metadata: { b: '3' } })).body).toEqual({ metadata: { b: '3' } });
    expect((await house.api.put(`${path}/c`, { meta: { c: '4' } })).body).toEqual({ meta: { c: '4' } });
    expect((await house.api.get(`${path}/c`)).body).toEqual({ meta: { c: '4' } });
    expect((await house.api.delete(`${path}/b`)).status).toBe(200);
    expect((await house.api.get(path)).body).toEqual({ metadata: { c: '4' } });
    expect((await house.api.get(`${path}/b`)).status).toBe(404);
    expect((await house.api.delete(`${path}/b`)).status).toBe(404);
    expect((await house.api.put(`${path}/c`, { meta: { d: '4' } })).status).toBe(400);
    expect((await house.api.post(path, { metadata: { k: 'v'.repeat(256) } })).status).toBe(400);
  });
});

describe('lists', () => {
  test('are filtered, sorted, paged and counted', async () => {
    const volumeId = await givenVolume(house, { projectId: 'demo' as ProjectId });
    for (const name of ['one', 'two', 'three']) await given(volumeId, { name, metadata: { which: name } });
    const mine = `volume_id=${volumeId}`;
    expect(await names(`?${mine}&sort=name:asc`)).toEqual(['one', 'three', 'two']);
    expect(await names(`?${mine}&name=two`)).toEqual(['two']);
    expect(await names(`?${mine}&name~=t&sort=name:asc&all_tenants=1`, at(70, tokens.admin))).toEqual(['three', 'two']);
    expect(await names(`?${mine}&metadata={'which': 'one'}`)).toEqual(['one']);
    expect(await names(`?${mine}&status=error`)).toEqual([]);
    const { body } = await house.api.get(`/v3/demo/snapshots?${mine}&sort=name:asc&limit=2&with_count=true`, at(45));
    const {
      snapshots,
      count,
      snapshots_links: links,
    } = body as {
      snapshots: Snapshot[];
      count: number;
      snapshots_links: { href: string }[];
    };
    expect([snapshots.length, count]).toEqual([2, 3]);
    const next = new URL(links[0]!.href);
    expect(await names(next.search, at(45))).toEqual(['two']);
  });

  test.each(['?foo=bar', '?name~=t', '?sort=nonsense', '?limit=-1', '?created_at=after:noon'])(
    '%s is refused with 400',
    async (query) => {
      expect((await house.api.get(`/v3/demo/snapshots${query}`, at(70))).status).toBe(400);
    },
  );

  test('of another project are empty, and all projects are for administrators', async () => {
    const id = await given();
    const listed = async (path: string, token: string) =>
      ((await house.api.get(path, { token })).body as { snapshots: Snapshot[] }).snapshots.map((one) => one.id);
    expect(await listed('/v3/other/snapshots?all_tenants=1', tokens.other)).not.toContain(id);
    expect(await listed('/v3/operators/snapshots?all_tenants=1', tokens.admin)).toContain(id);
    expect((await house.api.get(`/v3/other/snapshots/${id}`, { token: tokens.other })).status).toBe(404);
    expect((await house.api.delete(`/v3/other/snapshots/${id}`, { token: tokens.other })).status).toBe(404);
  });
});

describe('actions', () => {
  const act = (id: string, body: object, token: string = tokens.admin) =>
    house.api.post(`/v3/operators/snapshots/${id}/action`, body, { token });

  test('an administrator sets the status, and deletes whatever it is', async () => {
    const id = await given();
    expect((await act(id, { 'os-reset_status': { status: 'error_deleting' } })).status).toBe(202);
    expect(await show(id)).toMatchObject({ status: 'error_deleting' });
    expect((await act(id, { 'os-reset_status': { status: 'creating' } })).status).toBe(202);
    expect((await act(id, { 'os-force_delete': null })).status).toBe(202);
    expect(await show(id)).toMatchObject({ status: 'deleting' });
  });

  test.each([
    [{ 'os-reset_status': { status: 'nonsense' } }, 400],
    [{ 'os-reset_status': {} }, 400],
    [{ 'os-update_snapshot_status': { status: 'available' } }, 400],
    [{ 'os-unmanage': null }, 400],
    [{ 'os-nonsense': null }, 400],
    [{}, 400],
  ])('%j is answered with %i', async (body, status) => {
    expect((await act(await given(), body)).status).toBe(status);
  });

  test('are for administrators; others learn only of snapshots that are theirs', async () => {
    const id = await given();
    const body = { 'os-reset_status': { status: 'error' } };
    expect((await house.api.post(`/v3/demo/snapshots/${id}/action`, body)).status).toBe(403);
    expect((await house.api.post(`/v3/other/snapshots/${id}/action`, body, { token: tokens.other })).status).toBe(404);
  });
});

test.each([
  [{}, 400],
  [{ snapshot: null }, 400],
  [{ snapshot: {} }, 400],
  [{ snapshot: { volume_id: 'nonsense' } }, 400],
  [{ snapshot: { volume_id: '00000000-0000-0000-0000-00000000dead' } }, 404],
  [{ snapshot: { volume_id: '00000000-0000-0000-0000-00000000dead', name: 'x'.repeat(256) } }, 400],
  [{ snapshot: { volume_id: '00000000-0000-0000-0000-00000000dead', nonsense: 1 } }, 400],
])('a create of %j is refused with %i', async (body, status) => {
  expect((await house.api.post('/v3/demo/snapshots', body, at(70))).status).toBe(status);
});
