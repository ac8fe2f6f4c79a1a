import { createConnection } from 'node:net';
import { text } from 'node:stream/consumers';
import { TestApi, tokens } from '../testing/test-api';

let api: TestApi;
beforeEach(async () => {
  api = await TestApi.start();
});
afterEach(() => api.stop());

test.each(['/%763/cache/pools', '/v%33/capabilities/host@file', '/%76%33/demo/volumes', '/%763', '/%763/nowhere'])(
  'without a token %s is answered as its plain spelling is',
  async (path) => {
    expect((await api.get(path, { token: null })).status).toBe(401);
  },
);

/** Sends a request line that no client library sends. */
async function statusOf(target: string, headers: readonly string[] = []): Promise<string> {
  const socket = createConnection(await api.listen(), '127.0.0.1');
  const lines = [`GET ${target} HTTP/1.1`, 'Host: blocks', 'Connection: close', ...headers];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  return (await text(socket)).split(' ')[1] ?? '';
}

test.each(['http://blocks/v3/cache/pools', 'https://blocks/v3/cache/pools', '/v3#/', '/v3/cache/pools#'])(
  'without a token the target %s opens nothing',
  async (target) => {
    expect(await statusOf(target)).toBe('401');
  },
);

test('a target that names the host is answered as one that does not', async () => {
  expect(await statusOf('http://blocks/v3/demo/volumes?limit=1', [`X-Auth-Token: ${tokens.member}`])).toBe('200');
  expect(api.reads.listed).toMatchObject({ project: { id: 'demo' }, limit: 1 });
});

test('with a token a path says the same however its letters are spelled', async () => {
  const plain = await api.get('/v3/demo/volumes');
  const spelled = await api.get('/%763/demo/%76olumes');
  expect([spelled.status, spelled.body]).toEqual([plain.status, plain.body]);
  expect((await api.get('/%763/cache/pools', { token: tokens.member })).status).toBe(403);
});

test('pages for machines are answered however they are spelled', async () => {
  expect(await api.get('/%68ealth/live', { token: null })).toMatchObject({ status: 200, body: { status: 'ok' } });
});

test.each(['%00', 'a%00b', 'a%2Fb', 'a%20b', '%C3%BC'])('no administrator works in a project %s', async (project) => {
  const answer = await api.get(`/v3/${project}/volumes`, { token: tokens.admin });
  expect(answer).toMatchObject({ status: 400, body: { badRequest: { message: 'Malformed request url' } } });
});

test('what the router cannot read is answered in words that clients read', async () => {
  expect(await api.get('/v3/demo/volumes/%zz', { token: null })).toMatchObject({
    status: 400,
    body: { badRequest: { code: 400, message: 'Malformed request url' } },
  });
  expect(await api.get(`/v3/demo/volumes/${'a'.repeat(400)}`)).toMatchObject({
    status: 404,
    body: { code: '404 Not Found' },
  });
});
