import { randomUUID } from 'node:crypto';
import { TestApi, tokens } from '../testing/test-api';
import { volumeId, volumeRow } from '../testing/volume-rows';

let api: TestApi;
beforeAll(async () => {
  api = await TestApi.start();
  api.reads.volumes = [volumeRow()];
});
afterAll(() => api.stop());

const at70 = { headers: { 'openstack-api-version': 'volume 3.70' } };

test.each([
  ['backups', 'backups', 0],
  ['backups/detail', 'backups', 0],
  ['groups', 'groups', 13],
  ['groups/detail', 'groups', 13],
  ['group_types', 'group_types', 11],
  ['group_snapshots', 'group_snapshots', 14],
  ['group_snapshots/detail', 'group_snapshots', 14],
  ['consistencygroups', 'consistencygroups', 0],
  ['consistencygroups/detail', 'consistencygroups', 0],
  ['cgsnapshots', 'cgsnapshots', 0],
  ['cgsnapshots/detail', 'cgsnapshots', 0],
])('%s lists nothing under %s, from 3.%i on', async (path, key, since) => {
  expect(await api.get(`/v3/demo/${path}?limit=5`, at70)).toMatchObject({ status: 200, body: { [key]: [] } });
  expect((await api.get(`/v3/demo/${path}?limit=-1`, at70)).status).toBe(400);
  expect((await api.get(`/v3/demo/${path}?marker=${randomUUID()}`, at70)).status).toBe(404);
  const before = { headers: { 'openstack-api-version': `volume 3.${since - 1}` } };
  if (since > 0) expect((await api.get(`/v3/demo/${path}`, before)).status).toBe(404);
});

test.each([
  ['backups', 'Backup'],
  ['groups', 'Group'],
  ['group_types', 'Group type'],
  ['group_snapshots', 'GroupSnapshot'],
  ['consistencygroups', 'Group'],
  ['cgsnapshots', 'GroupSnapshot'],
])('one of the %s is not found', async (path, noun) => {
  const { status, body } = await api.get(`/v3/demo/${path}/some`, at70);
  expect(status).toBe(404);
  expect(body).toEqual({ itemNotFound: { code: 404, message: `${noun} some could not be found.` } });
});

test('there is no default group type', async () => {
  expect(await api.get('/v3/demo/group_types/default', at70)).toMatchObject({
    status: 404,
    body: { itemNotFound: { message: 'Default group type can not be found.' } },
  });
});

test('backups are counted on demand: there are none', async () => {
  expect((await api.get('/v3/demo/backups?with_count=True', at70)).body).toEqual({ backups: [], count: 0 });
});

describe('a backup', () => {
  const create = (backup: object, token: string = tokens.member, minor = 70) =>
    api.post('/v3/demo/backups', { backup }, { token, headers: { 'openstack-api-version': `volume 3.${minor}` } });

  test('is not made, as there is no service for it', async () => {
    expect(await create({ volume_id: volumeId })).toMatchObject({
      status: 503,
      body: { serviceUnavailable: { code: 503, message: 'Service cinder-backup could not be found.' } },
    });
  });

  test('of a volume that is not there, or by who may not, is refused for that', async () => {
    const none = randomUUID();
    expect((await create({ volume_id: none })).body).toEqual({
      itemNotFound: { code: 404, message: `Volume ${none} could not be found.` },
    });
    expect((await create({ volume_id: volumeId }, tokens.reader)).status).toBe(403);
  });

  test.each([
    [{}, 70],
    [{ volume_id: 'none' }, 70],
    [{ volume_id: volumeId, force: 'perhaps' }, 70],
    [{ volume_id: volumeId, metadata: { a: 'b' } }, 42],
    [{ volume_id: volumeId, availability_zone: 'west' }, 50],
  ])('of %j is refused with 400 at 3.%i', async (backup, minor) => {
    expect((await create(backup, tokens.member, minor)).status).toBe(400);
  });

  test('is imported by administrators, if there were a service', async () => {
    const record = { 'backup-record': { backup_service: 'x', backup_url: 'eA==' } };
    expect((await api.post('/v3/demo/backups/import_record', record)).status).toBe(403);
    const admin = { token: tokens.admin };
    expect((await api.post('/v3/operators/backups/import_record', record, admin)).status).toBe(503);
    expect((await api.post('/v3/operators/backups/import_record', {}, admin)).status).toBe(400);
  });
});

describe('snapshots to take over', () => {
  test.each(['manageable_snapshots', 'manageable_snapshots/detail', 'os-snapshot-manage', 'os-snapshot-manage/detail'])(
    'are asked for at %s of a host that is there',
    async (path) => {
      const admin = { ...at70, token: tokens.admin };
      expect((await api.get(`/v3/operators/${path}`, admin)).status).toBe(400);
      expect(await api.get(`/v3/operators/${path}?host=nowhere@file`, admin)).toMatchObject({
        status: 404,
        body: { itemNotFound: { message: 'Service cinder-volume could not be found on host nowhere@file.' } },
      });
      expect((await api.get(`/v3/demo/${path}?host=nowhere@file`, at70)).status).toBe(403);
    },
  );
});
