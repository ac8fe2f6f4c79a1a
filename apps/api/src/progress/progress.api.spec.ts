import { ReadModelUnavailableError } from '@hearth/read-model';
import { TestApi, tokens } from '../testing/test-api';
import { cacheEntry, fillProgress, imageVolumeId, volumeId, volumeRow } from '../testing/volume-rows';

let api: TestApi;
beforeEach(async () => {
  api = await TestApi.start();
});
afterEach(() => api.stop());

const joinedId = '00000000-0000-4000-8000-000000000002';
const blankId = '00000000-0000-4000-8000-000000000003';
const making = { status: 'creating', decision: null, launchedAt: null } as const;
const fill = { pool: cacheEntry.pool, generation: cacheEntry.generation };
const shown = { percent: 42, bytes_done: 7_046_430, bytes_total: 16_777_216, phase: 'download' };

/** `hearth:progress` of each volume in the detailed list, by id. */
async function listed(path = '/v3/demo/volumes/detail', token: string = tokens.member) {
  const { body } = await api.get(path, { token });
  const { volumes } = body as { volumes: { id: string; 'hearth:progress'?: unknown }[] };
  return Object.fromEntries(volumes.map((volume) => [volume.id, volume['hearth:progress']]));
}

test('the create that fills, one that joined it, and the image-volume show how far the fill is', async () => {
  api.reads.volumes = [
    volumeRow(making),
    volumeRow({ ...making, id: joinedId }),
    volumeRow({ ...making, id: imageVolumeId, internal: true }),
    volumeRow({ ...making, id: blankId, imageId: null }),
  ];
  api.reads.needed = [volumeId, joinedId, imageVolumeId].map((id) => ({ volumeId: id, ...fill }));
  api.fills.running = [fillProgress()];
  expect(await listed()).toEqual({ [volumeId]: shown, [joinedId]: shown, [imageVolumeId]: shown });
  expect((await api.get(`/v3/demo/volumes/${joinedId}`)).body).toMatchObject({ volume: { 'hearth:progress': shown } });
  expect((await api.get(`/v3/demo/volumes/${joinedId}/explain`)).body).toMatchObject({
    explanation: { progress: shown },
  });
});

test('a download straight into a volume shows in it', async () => {
  api.reads.volumes = [volumeRow({ ...making, status: 'downloading' })];
  api.fills.running = [fillProgress({ generation: null, phase: 'convert' })];
  expect(await listed()).toEqual({ [volumeId]: { ...shown, phase: 'convert' } });
});

test('a volume that is ready, that waits for no fill, or whose fill is silent shows none', async () => {
  const silent = { volumeId: joinedId, ...fill, generation: 9 };
  api.reads.volumes = [volumeRow(), volumeRow({ ...making, id: joinedId })];
  api.reads.needed = [{ volumeId, ...fill }, silent];
  api.fills.running = [fillProgress({ volumeId: null })];
  expect(await listed()).toEqual({});
  const { body } = await api.get(`/v3/demo/volumes/${joinedId}`);
  expect(body).not.toHaveProperty('volume.hearth:progress');
});

test('the brief list and the answer to a create say nothing of it', async () => {
  api.reads.volumes = [volumeRow(making)];
  api.reads.needed = [{ volumeId, ...fill }];
  api.fills.running = [fillProgress()];
  expect(await listed('/v3/demo/volumes')).toEqual({});
});

test('an entry that is filled shows it, any other does not', async () => {
  api.reads.entries = [
    { ...cacheEntry, status: 'filling' },
    { ...cacheEntry, generation: 2 },
  ];
  api.fills.running = [fillProgress(), fillProgress({ generation: 2 })];
  const { body } = await api.get('/v3/cache/entries', { token: tokens.admin });
  expect((body as { entries: { progress: unknown }[] }).entries.map(({ progress }) => progress)).toEqual([shown, null]);
});

test('where nothing runs the rows are not asked', async () => {
  api.reads.volumes = [volumeRow(making)];
  api.reads.listNeededFills = () => Promise.reject(new ReadModelUnavailableError('a query failed', new Error('away')));
  expect((await api.get(`/v3/demo/volumes/${volumeId}`)).status).toBe(200);
  api.fills.running = [fillProgress({ generation: 9 })];
  expect((await api.get(`/v3/demo/volumes/${volumeId}`)).status).toBe(503);
});
