import { routes } from '@hearth/cinder-v3';
import { TestApi, tokens } from '../testing/test-api';
import { cacheEntry } from '../testing/volume-rows';

let api: TestApi;
beforeAll(async () => {
  api = await TestApi.start();
});
afterAll(() => api.stop());

/** Every route of the cache, however it is spelt. */
const cacheRoutes = routes
  .filter(({ operation }) => operation.startsWith('cache.'))
  .map(({ method, path }) => [method, path.replace(/\{\w+\}/g, cacheEntry.imageVolumeId)] as const);

test('an administrator sees the entries with what depends on them', async () => {
  const answer = await api.get('/v3/cache/entries?status=ready', { token: tokens.admin });
  const [entry] = (answer.body as { entries: object[] }).entries;
  expect([answer.status, entry]).toMatchObject([200, { image_id: cacheEntry.imageId, hits: 3, claims: 1, leases: 1 }]);
});

test('an administrator sees the pools with their limits and use', async () => {
  const answer = await api.get('/v3/cache/pools', { token: tokens.admin });
  expect(answer).toMatchObject({ status: 200, body: { pools: [{ state: 'enabled', max_size_gib: 100, hits: 3 }] } });
});

test.each(cacheRoutes)('%s %s is for administrators', async (method, path) => {
  const body = method === 'POST' || method === 'PUT' ? {} : undefined;
  expect(await api.ask(method, path, { body })).toMatchObject({ status: 403, body: { forbidden: { code: 403 } } });
  expect((await api.ask(method, path, { body, token: null })).status).toBe(401);
});

test.each(['colour=red', 'status=lost', 'pool=%00'])('a filter such as %s is refused', async (query) => {
  const answer = await api.get(`/v3/cache/entries?${query}`, { token: tokens.admin });
  expect(answer).toMatchObject({ status: 400, body: { badRequest: { code: 400 } } });
});
