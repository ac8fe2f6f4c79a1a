import { TestApi, tokens } from '../testing/test-api';
import { volumeId, volumeRow } from '../testing/volume-rows';

let api: TestApi;
afterEach(() => api.stop());

const linkOf = ({ body }: { body: unknown }) =>
  (body as { volume: { links: { href: string }[] } }).volume.links[0]?.href.replace(/\/v3\/.*/, '');

async function linkWith(options: Parameters<typeof TestApi.start>[0], headers: Record<string, string>) {
  api = await TestApi.start(options);
  api.reads.volumes = [volumeRow()];
  return linkOf(await api.get(`/v3/demo/volumes/${volumeId}`, { headers: { host: 'inside:8776', ...headers } }));
}

const forwarded = {
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'cloud.example.org, inner',
  'x-forwarded-prefix': '/volume/',
};

describe('links', () => {
  test('begin with the host that the client named', async () => {
    expect(await linkWith({}, forwarded)).toBe('http://inside:8776');
  });

  test('begin with what a trusted proxy says', async () => {
    const link = await linkWith({ trustedProxies: ['127.0.0.0/8'] }, forwarded);
    expect(link).toBe('https://cloud.example.org/volume');
  });

  test('begin with the public endpoint wherever it is configured', async () => {
    const options = { trustedProxies: ['127.0.0.1'], publicEndpoint: 'https://blocks.example.org/storage' };
    expect(await linkWith(options, forwarded)).toBe('https://blocks.example.org/storage');
  });

  test('never hold what is no host', async () => {
    const evil = { 'x-forwarded-host': 'a"><script>', 'x-forwarded-prefix': '//evil', host: 'also<bad' };
    expect(await linkWith({ trustedProxies: ['127.0.0.1'] }, evil)).toBe('http://localhost');
  });
});

describe('who asks', () => {
  test.each(['nonsense', 'demo:ann', 'demo:ann:', 'demo:ann:stranger', ':ann:member', 'a b:c:member'])(
    'the token %s is nobody',
    async (token) => {
      api = await TestApi.start();
      const answer = await api.get('/v3/demo/volumes', { token });
      expect(answer).toMatchObject({ status: 401, body: { error: { code: 401, title: 'Unauthorized' } } });
      expect(answer.headers['www-authenticate']).toMatch(/^Keystone uri=/);
    },
  );

  test('without a token nothing below /v3 answers, not even that a route is missing', async () => {
    api = await TestApi.start();
    for (const path of ['/v3', '/v3/', '/v3/demo/nonsense', '/v3/cache/pools']) {
      expect((await api.get(path, { token: null })).status).toBe(401);
    }
  });

  test('an administrator may use the URL of any project', async () => {
    api = await TestApi.start();
    await api.get('/v3/demo/volumes', { token: tokens.admin });
    expect(api.reads.listed?.project).toEqual({ id: 'demo' });
  });

  test('a token is never logged', async () => {
    api = await TestApi.start();
    await api.get('/v3/demo/volumes', { token: 'demo:unmistakable:member' });
    expect(api.lines.join('')).toContain('/v3/demo/volumes');
    expect(api.lines.join('')).not.toContain('unmistakable');
  });
});

describe('microversions', () => {
  test.each([
    ['volume 3.5', 'volume 3.5'],
    ['compute 2.1, volume 3.7', 'volume 3.7'],
    ['volume latest', 'volume 3.70'],
    ['compute 2.1', 'volume 3.0'],
  ])('%s speaks %s', async (asked, spoken) => {
    api = await TestApi.start();
    const { status, headers } = await api.get('/v3/demo/volumes', { headers: { 'openstack-api-version': asked } });
    expect([status, headers['openstack-api-version']]).toEqual([200, spoken]);
    expect(headers['vary']).toBe('OpenStack-API-Version');
  });

  test.each(['volume 2.0', 'volume 3.71', 'volume 4.0'])('%s is not spoken', async (asked) => {
    api = await TestApi.start();
    const answer = await api.get('/v3/demo/volumes', { headers: { 'openstack-api-version': asked } });
    expect(answer).toMatchObject({ status: 406, headers: { 'openstack-api-version': asked } });
  });
});

describe('pages for machines', () => {
  test('health, metrics and the document need no token', async () => {
    api = await TestApi.start();
    expect(await api.get('/health/live', { token: null })).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(await api.get('/health/ready', { token: null })).toMatchObject({ status: 200 });
    expect((await api.get('/openapi.json', { token: null })).body).toMatchObject({ openapi: '3.1.0' });
    const metrics = await api.get('/metrics', { token: null });
    expect(metrics.text).toMatch(/hearth_http_request_duration_seconds_count\{[^}]*route="\/health\/live"/);
  });

  test('it is not ready while something that it needs is away, and says what', async () => {
    api = await TestApi.start();
    api.health.register('postgres', () => Promise.reject(new Error('connection refused')));
    const answer = await api.get('/health/ready', { token: null });
    expect(answer).toMatchObject({ status: 503, body: { checks: { postgres: { error: 'connection refused' } } } });
  });
});

test('an array, a text or nothing for a body is refused as Cinder refuses it', async () => {
  api = await TestApi.start();
  for (const body of ['[]', '"x"', 'null', '7', '']) {
    expect(await api.post('/v3/demo/volumes', body)).toMatchObject({
      status: 400,
      body: { badRequest: { code: 400 } },
    });
  }
});
