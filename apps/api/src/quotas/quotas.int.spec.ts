import { randomUUID } from 'node:crypto';
import { type DatabaseApi, startDatabaseApi } from '../testing/database-api';
import { givenVolume } from '../testing/given-volume';
import { type Asking, tokens } from '../testing/test-api';

let house: DatabaseApi;
beforeAll(async () => {
  house = await startDatabaseApi();
  await givenVolume(house, { sizeGib: 3 });
}, 60_000);
afterAll(() => house.stop());

const admin = { token: tokens.admin };
const quota = (project: string, rest = '') => `/v3/operators/os-quota-sets/${project}${rest}`;
const quotaClass = (name: string) => `/v3/operators/os-quota-class-sets/${name}`;
const defaults = {
  volumes: 10,
  per_volume_gigabytes: -1,
  snapshots: 10,
  gigabytes: 1000,
  backups: 10,
  backup_gigabytes: 1000,
  groups: 10,
  volumes___DEFAULT__: -1,
  gigabytes___DEFAULT__: -1,
  snapshots___DEFAULT__: -1,
};

test('a project has the default limits, until it is given its own', async () => {
  const project = randomUUID();
  expect((await house.api.get(quota(project), admin)).body).toEqual({ quota_set: { ...defaults, id: project } });
  const sent = { volumes: 1, gigabytes: '3', tenant_id: project };
  const set = await house.api.put(quota(project), { quota_set: sent }, admin);
  expect(set).toMatchObject({ status: 200, body: { quota_set: { ...defaults, volumes: 1, gigabytes: 3 } } });
  expect(set.body).not.toHaveProperty(['quota_set', 'id']);
  expect((await house.api.get(quota(project, '/defaults'), admin)).body).toEqual({
    quota_set: { ...defaults, id: project },
  });
  expect((await house.api.delete(quota(project), admin)).status).toBe(200);
  expect((await house.api.get(quota(project), admin)).body).toMatchObject({ quota_set: { volumes: 10 } });
});

test('what is used is shown by resource, that of the type too', async () => {
  const { body } = await house.api.get('/v3/demo/os-quota-sets/demo?usage=True', { token: tokens.reader });
  expect(body).toMatchObject({
    quota_set: {
      id: 'demo',
      volumes: { limit: 10, in_use: 1, reserved: 0 },
      gigabytes: { limit: 1000, in_use: 3, reserved: 0 },
      groups: { limit: 10, in_use: 0, reserved: 0 },
    },
  });
  expect((await house.api.get(quota('demo', '?usage=perhaps'), admin)).status).toBe(400);
});

test('types that a project may not use are not named to it', async () => {
  const made = async (name: string) => {
    const fields = { name, 'os-volume-type-access:is_public': false };
    const { body } = await house.api.post('/v3/operators/types', { volume_type: fields }, admin);
    return (body as { volume_type: { id: string } }).volume_type.id;
  };
  const [hidden, given] = [randomUUID(), randomUUID()];
  const project = randomUUID();
  const ids = [await made(hidden), await made(given)];
  const access = { addProjectAccess: { project } };
  await house.api.post(`/v3/operators/types/${ids[1]}/action`, access, admin);
  const own = { token: `${project}:mia:member` };
  for (const rest of ['', '?usage=True', '/defaults']) {
    const shown = await house.api.get(`/v3/${project}/os-quota-sets/${project}${rest}`, own);
    expect(shown.body).toHaveProperty(['quota_set', `volumes_${given}`]);
    expect(shown.text).not.toContain(hidden);
    expect((await house.api.get(quota(project, rest), admin)).text).toContain(`gigabytes_${hidden}`);
  }
  for (const id of ids) await house.api.delete(`/v3/operators/types/${id}`, admin);
});

test("another project's limits are for administrators, and so are changes", async () => {
  expect((await house.api.get('/v3/demo/os-quota-sets/other')).status).toBe(403);
  expect((await house.api.get('/v3/demo/os-quota-sets/other/defaults')).status).toBe(403);
  expect((await house.api.put('/v3/demo/os-quota-sets/demo', { quota_set: { volumes: 1 } })).status).toBe(403);
  expect((await house.api.delete('/v3/demo/os-quota-sets/demo')).status).toBe(403);
});

test('a limit that a project has goes no lower than its use', async () => {
  expect((await house.api.put(quota('demo'), { quota_set: { gigabytes: 5 } }, admin)).status).toBe(200);
  expect((await house.api.put(quota('demo'), { quota_set: { gigabytes: 2 } }, admin)).body).toEqual({
    badRequest: {
      code: 400,
      message:
        'Quota gigabytes limit must be equal or greater than existing resources. Current usage is 3 ' +
        'and the requested limit is 2.',
    },
  });
  expect((await house.api.put(quota('demo'), { quota_set: { gigabytes: -1 } }, admin)).status).toBe(200);
});

test.each([
  [{ nonsense: 1, also: 2 }, 'Invalid input received: Bad key(s) in quota set: nonsense, also'],
  [{ volumes: 'many' }, 'volumes must be an integer'],
  [{ volumes: 1.5 }, 'volumes must be an integer'],
  [{ volumes: null }, 'volumes must be an integer'],
  [{ volumes: -2 }, 'volumes must be >= -1'],
  [{ volumes: 2 ** 31 }, 'volumes must be <= 2147483647'],
  [{}, 'Invalid input for field/attribute quota_set. Value: {}. {} does not have enough properties'],
])('%j is refused, and nothing is set', async (sent, message) => {
  const project = randomUUID();
  const { status, body } = await house.api.put(quota(project), { quota_set: { ...sent } }, admin);
  expect({ status, body }).toEqual({ status: 400, body: { badRequest: { code: 400, message } } });
});

test('limits of the class default hold for every project; other classes have their own', async () => {
  const name = `class ${randomUUID()}`;
  const set = await house.api.put(quotaClass(encodeURIComponent(name)), { quota_class_set: { volumes: '7' } }, admin);
  expect(set).toMatchObject({ status: 200, body: { quota_class_set: { volumes: 7, snapshots: 10 } } });
  expect((await house.api.get(quotaClass(encodeURIComponent(name)), admin)).body).toEqual({
    quota_class_set: { ...defaults, volumes: 7, id: name },
  });
  await house.api.put(quotaClass('default'), { quota_class_set: { snapshots: 11 } }, admin);
  expect((await house.api.get(quota(randomUUID()), admin)).body).toMatchObject({ quota_set: { snapshots: 11 } });
  await house.api.put(quotaClass('default'), { quota_class_set: { snapshots: 10 } }, admin);
});

test.each([
  [{ nonsense: 1 }],
  [{ volumes: -2 }],
  [{ volumes: '-1' }],
  [{ volumes: 2 ** 31 }],
  [{ volumes: '99999999999' }],
])('limits %j of a class are refused', async (sent) => {
  expect((await house.api.put(quotaClass('some'), { quota_class_set: sent }, admin)).status).toBe(400);
});

describe('limits', () => {
  const ask = async (asking: Asking & { query?: string; project?: string }) => {
    const { body } = await house.api.get(`/v3/${asking.project ?? 'demo'}/limits${asking.query ?? ''}`, asking);
    return (body as { limits: { rate: unknown; absolute: object } }).limits;
  };

  test('tell what the project may use and what it uses', async () => {
    expect(await ask({ token: 'unlimited:u:member', project: 'unlimited' })).toEqual({
      rate: [],
      absolute: {
        maxTotalVolumes: 10,
        maxTotalSnapshots: 10,
        maxTotalVolumeGigabytes: 1000,
        maxTotalBackups: 10,
        maxTotalBackupGigabytes: 1000,
        totalVolumesUsed: 0,
        totalGigabytesUsed: 0,
        totalSnapshotsUsed: 0,
        totalBackupsUsed: 0,
        totalBackupGigabytesUsed: 0,
      },
    });
    expect((await ask({ token: tokens.member })).absolute).toMatchObject({ totalGigabytesUsed: 3 });
  });

  test('of another project are told to administrators, from 3.39 on', async () => {
    const of = (minor: number, token: string, project: string) =>
      ask({ token, project, query: '?project_id=demo', headers: { 'openstack-api-version': `volume 3.${minor}` } });
    expect((await of(39, tokens.admin, 'operators')).absolute).toMatchObject({ totalGigabytesUsed: 3 });
    expect((await of(38, tokens.admin, 'operators')).absolute).toMatchObject({ totalGigabytesUsed: 0 });
    expect((await of(39, tokens.other, 'other')).absolute).toMatchObject({ totalGigabytesUsed: 0 });
  });

  test('a token without a role that reads is told no usage', async () => {
    expect((await ask({ token: 'demo:sam:service' })).absolute).not.toHaveProperty('totalVolumesUsed');
  });
});
