import { type DatabaseApi, startDatabaseApi } from '../testing/database-api';
import { decideFor, givenVolume } from '../testing/given-volume';
import { type Asking, tokens } from '../testing/test-api';

let house: DatabaseApi;
beforeAll(async () => {
  house = await startDatabaseApi();
}, 60_000);
afterAll(() => house.stop());

const at = (minor: number, token: string = tokens.member): Asking => ({
  token,
  headers: { 'openstack-api-version': `volume 3.${minor}` },
});

interface Transfer {
  readonly id: string;
  readonly auth_key: string;
}

async function offer(volumeId: string, more: object = {}): Promise<Transfer> {
  const body = { transfer: { volume_id: volumeId, name: 'gift', ...more } };
  const answer = await house.api.post('/v3/demo/volume-transfers', body, at(70));
  expect(answer.status).toBe(202);
  return (answer.body as { transfer: Transfer }).transfer;
}

const accept = (id: string, key: string, token: string = tokens.other) =>
  house.api.post(`/v3/other/volume-transfers/${id}/accept`, { accept: { auth_key: key } }, at(70, token));

async function volumeOf(project: string, id: string, token: string) {
  const { status, body } = await house.api.get(`/v3/${project}/volumes/${id}`, { token });
  return status === 200 ? (body as { volume: Record<string, unknown> }).volume : undefined;
}

describe('an offer', () => {
  test('is told with its key once, as the microversion knows it', async () => {
    const volumeId = await givenVolume(house);
    const body = { transfer: { volume_id: volumeId, name: 'tr' } };
    const { body: made } = await house.api.post('/v3/demo/os-volume-transfer', body);
    const { transfer } = made as { transfer: Transfer };
    expect(Object.keys(transfer)).toEqual(['id', 'created_at', 'name', 'volume_id', 'auth_key', 'links']);
    expect(transfer.auth_key).toMatch(/^[0-9a-f]{16}$/);
    const older = await house.api.get(`/v3/demo/os-volume-transfer/${transfer.id}`);
    expect(Object.keys((older.body as { transfer: object }).transfer)).toEqual([
      'id',
      'created_at',
      'name',
      'volume_id',
      'links',
    ]);
    const newer = await house.api.get(`/v3/demo/volume-transfers/${transfer.id}`, at(57));
    expect((newer.body as { transfer: object }).transfer).toMatchObject({
      no_snapshots: false,
      accepted: false,
      source_project_id: 'demo',
      destination_project_id: null,
    });
    for await (const commit of house.store.read({ category: 'volume', id: volumeId })) {
      expect(JSON.stringify(commit)).not.toContain(transfer.auth_key);
    }
  });

  test('keeps the volume from everything else until it is withdrawn', async () => {
    const volumeId = await givenVolume(house);
    const { id } = await offer(volumeId);
    expect(await volumeOf('demo', volumeId, tokens.member)).toMatchObject({ status: 'awaiting-transfer' });
    expect((await house.api.delete(`/v3/demo/volumes/${volumeId}`)).status).toBe(400);
    expect((await house.api.delete(`/v3/demo/volume-transfers/${id}`, at(55))).status).toBe(202);
    expect(await volumeOf('demo', volumeId, tokens.member)).toMatchObject({ status: 'available' });
    expect((await house.api.get(`/v3/demo/volume-transfers/${id}`, at(55))).status).toBe(404);
  });

  test('of a volume in use is refused', async () => {
    const volumeId = await givenVolume(house);
    await decideFor(house, volumeId, { do: 'Reserve' });
    const body = { transfer: { volume_id: volumeId, name: null } };
    expect((await house.api.post('/v3/demo/volume-transfers', body, at(55))).status).toBe(400);
  });

  test('is seen by its project and by administrators alone, who may list all of them', async () => {
    const volumeId = await givenVolume(house);
    const { id } = await offer(volumeId);
    expect((await house.api.get(`/v3/other/volume-transfers/${id}`, at(55, tokens.other))).status).toBe(404);
    expect((await house.api.delete(`/v3/other/volume-transfers/${id}`, at(55, tokens.other))).status).toBe(404);
    expect((await house.api.delete(`/v3/demo/volume-transfers/${id}`, at(55, tokens.reader))).status).toBe(403);
    const idsOf = async (path: string, asking: Asking) =>
      ((await house.api.get(path, asking)).body as { transfers: { id: string }[] }).transfers.map((one) => one.id);
    expect(await idsOf('/v3/other/volume-transfers', at(55, tokens.other))).not.toContain(id);
    expect(await idsOf('/v3/operators/volume-transfers/detail?all_tenants=1', at(55, tokens.admin))).toContain(id);
    expect(await idsOf(`/v3/demo/volume-transfers?limit=1&sort=name:asc&volume_id=${volumeId}`, at(59))).toEqual([id]);
  });
});

describe('who accepts', () => {
  test('owns the volume and its snapshots from then on', async () => {
    const volumeId = await givenVolume(house);
    const { id, auth_key } = await offer(volumeId);
    const answer = await accept(id, auth_key);
    expect(answer).toMatchObject({ status: 202, body: { transfer: { id, volume_id: volumeId, name: 'gift' } } });
    expect(await volumeOf('demo', volumeId, tokens.member)).toBeUndefined();
    expect(await volumeOf('other', volumeId, tokens.other)).toMatchObject({ status: 'available', user_id: 'olga' });
    expect((await accept(id, auth_key)).status).toBe(404);
  });

  test('needs the key', async () => {
    const volumeId = await givenVolume(house);
    const { id } = await offer(volumeId);
    expect((await accept(id, '0123456789abcdef')).status).toBe(400);
    expect((await accept(id, 'é')).status).toBe(400);
    expect(await volumeOf('demo', volumeId, tokens.member)).toMatchObject({ status: 'awaiting-transfer' });
  });

  test('needs room for it, and nothing is taken when there is none', async () => {
    const volumeId = await givenVolume(house, { sizeGib: 2_000 });
    const { id, auth_key } = await offer(volumeId);
    const refused = await accept(id, auth_key);
    expect(refused).toMatchObject({ status: 413, headers: { 'retry-after': '0' } });
    expect(await volumeOf('demo', volumeId, tokens.member)).toMatchObject({ status: 'awaiting-transfer' });
  });

  test('may not be a reader', async () => {
    const { id, auth_key } = await offer(await givenVolume(house));
    expect((await accept(id, auth_key, 'other:rob:reader')).status).toBe(403);
  });
});

test.each([
  [{}, 400],
  [{ transfer: {} }, 400],
  [{ transfer: { volume_id: 'nonsense' } }, 400],
  [{ transfer: { volume_id: '00000000-0000-0000-0000-00000000dead' } }, 404],
  [{ transfer: { volume_id: '00000000-0000-0000-0000-00000000dead', more: 1 } }, 400],
  [{ transfer: { volume_id: '00000000-0000-0000-0000-00000000dead', name: 'x'.repeat(256) } }, 400],
])('an offer of %j is refused with %i', async (body, status) => {
  expect((await house.api.post('/v3/demo/volume-transfers', body, at(55))).status).toBe(status);
});

test('the newer name is not known before 3.55', async () => {
  expect((await house.api.get('/v3/demo/volume-transfers', at(54))).status).toBe(404);
});
