import { TestApi, tokens } from '../testing/test-api';

let api: TestApi;
afterEach(() => api.stop());

const nested = (depth: number) => `{"volume":${'['.repeat(depth)}${']'.repeat(depth)}}`;

test.each([63, 64, 10_000, 500_000])('a body nested %i deep is a 400, whatever walks through it', async (depth) => {
  api = await TestApi.start();
  const { status, body } = await api.post('/v3/demo/volumes', nested(depth));
  expect([status, Object.keys(body as object)]).toEqual([400, ['badRequest']]);
  const { message } = (body as { badRequest: { message: string } }).badRequest;
  if (depth >= 64) expect(message).toBe('Malformed request body: it is nested deeper than 64 levels');
  else expect(message).toMatch(/^Invalid input for field\/attribute volume/);
});

test('a URL that is too long is a 414 that names the limit, with or without a token', async () => {
  api = await TestApi.start();
  for (const token of [tokens.member, null]) {
    const answer = await api.get(`/v3/demo/volumes?name=${'x'.repeat(8_200)}`, { token });
    expect(answer).toMatchObject({
      status: 414,
      body: { computeFault: { code: 414, message: 'The URL of the request is longer than 8192 bytes.' } },
    });
  }
  expect((await api.get(`/v3/demo/volumes?name=${'x'.repeat(8_000)}`)).status).toBe(200);
});

test('too many headers are a 431 that names the limit', async () => {
  api = await TestApi.start();
  const headers = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`x-${index}`, '1']));
  expect(await api.get('/v3/demo/volumes', { headers })).toMatchObject({
    status: 431,
    body: { computeFault: { message: 'The request has more than 100 headers.' } },
  });
});

test('a project that asks too often is told as Cinder tells it; others, and health pages, are not', async () => {
  api = await TestApi.start({ limits: { readsPerMinuteMax: 2 } });
  await api.get('/v3/demo/volumes');
  await api.get('/v3/demo/volumes');
  const refused = await api.get('/v3/demo/volumes');
  expect(refused).toMatchObject({ status: 413, headers: { 'retry-after': '30' } });
  expect(refused.body).toEqual({
    overLimitFault: {
      code: 413,
      message: 'This request was rate-limited.',
      details: 'Only 2 GET request(s) can be made to * every MINUTE.',
    },
  });
  expect((await api.get('/v3/other/volumes', { token: tokens.other })).status).toBe(200);
  expect((await api.post('/v3/demo/volumes', { volume: { size: 1 } })).status).toBe(202);
  expect((await api.get('/health/live', { token: null })).status).toBe(200);
});

test('who is beyond the places for requests is told when to come again, and health pages answer', async () => {
  let release = () => undefined as void;
  const held = new Promise<void>((resolve) => (release = resolve));
  api = await TestApi.start({ limits: { requestsInFlightMax: 2, requestsInFlightPerProjectMax: 1 } });
  const { reads } = api;
  const list = reads.listVolumes.bind(reads);
  reads.listVolumes = async (...asked: Parameters<typeof list>) => held.then(() => list(...asked));
  const first = api.get('/v3/demo/volumes');
  expect(await api.get('/v3/demo/volumes')).toMatchObject({
    status: 503,
    headers: { 'retry-after': '1' },
    body: { serviceUnavailable: { message: expect.stringMatching(/^As many requests of the project/) } },
  });
  const second = api.get('/v3/other/volumes', { token: tokens.other });
  const third = await api.get('/v3/third/volumes', { token: 'third:t:member' });
  expect(third).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
  for (const page of ['/health/live', '/health/ready', '/metrics']) {
    expect((await api.get(page, { token: null })).status).toBe(200);
  }
  release();
  expect((await Promise.all([first, second])).map(({ status }) => status)).toEqual([200, 200]);
  expect((await api.get('/v3/demo/volumes')).status).toBe(200);
});
