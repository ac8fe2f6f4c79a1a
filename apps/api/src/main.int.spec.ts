import { eventually } from '@hearth/testing';
import { throwAwayNats, type ThrowAwayNats, throwAwayPostgres, type ThrowAwayPostgres } from '@hearth/testing/servers';
import { type ApiProcess, bundledApi, ready } from './testing/api-process';

let nats: ThrowAwayNats;
let postgres: ThrowAwayPostgres;
let bundle: Awaited<ReturnType<typeof bundledApi>>;
let api: ApiProcess;

const environment = () => ({
  HEARTH_NATS_URL: nats.url,
  HEARTH_DATABASE_URL: postgres.url,
  HEARTH_AUTH_MODE: 'development',
  HEARTH_GLANCE_URL: 'http://127.0.0.1:9',
});

beforeAll(async () => {
  [nats, postgres, bundle] = await Promise.all([throwAwayNats(), throwAwayPostgres(), bundledApi()]);
  api = await bundle.start(environment());
  await ready(api);
}, 90_000);

afterAll(async () => {
  await bundle.remove();
  await Promise.all([nats.stop(), postgres.stop()]);
});

interface Asking {
  readonly method?: string;
  readonly body?: unknown;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function ask(path: string, { method = 'GET', body, token = 'demo:ann:member', headers = {} }: Asking = {}) {
  const response = await fetch(`${api.url}${path}`, {
    method,
    headers: { 'x-auth-token': token, 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
}

const create = (project: string, volume: object = { size: 1 }, headers: Record<string, string> = {}) =>
  ask(`/v3/${project}/volumes`, { method: 'POST', body: { volume }, token: `${project}:ann:member`, headers });

const away = (status: number) => status === 503;

test('whoever wrote reads what it wrote, in the list and by itself', async () => {
  const { status, body } = await create('writers', { size: 2, name: 'mine', metadata: { k: 'v' } });
  expect(status).toBe(202);
  const { id } = body.volume;
  const token = 'writers:ann:member';
  expect(await ask(`/v3/writers/volumes/${id}`, { token })).toMatchObject({
    status: 200,
    body: { volume: { id, status: 'creating', size: 2, metadata: { k: 'v' } } },
  });
  const list = await ask('/v3/writers/volumes/detail?name=mine&status=creating', { token });
  expect(list.body.volumes).toMatchObject([{ id }]);
  expect(await ask(`/v3/writers/volumes/${id}/explain`, { token })).toMatchObject({ status: 200 });
});

test('however many ask at once, a project gets what its quota allows', async () => {
  const answers = await Promise.all(Array.from({ length: 30 }, () => create('crowd')));
  const accepted = answers.filter(({ status }) => status === 202);
  const refused = answers.filter(({ status }) => status === 413);
  expect([accepted.length, refused.length]).toEqual([10, 20]);
  expect(refused[0]?.body.overLimit.message).toBe(
    "VolumeLimitExceeded: Maximum number of volumes allowed (10) exceeded for quota 'volumes'.",
  );
  const list = await ask('/v3/crowd/volumes', { token: 'crowd:ann:member' });
  expect(list.body.volumes).toHaveLength(10);
});

test('pages of a list fit together', async () => {
  for (const name of ['a', 'b', 'c']) await create('pages', { size: 1, name });
  const token = 'pages:ann:member';
  const first = await ask('/v3/pages/volumes?limit=2&sort=name:asc', { token });
  const next = new URL(first.body.volumes_links[0].href);
  const second = await ask(`${next.pathname}${next.search}`, { token });
  const names = [...first.body.volumes, ...second.body.volumes].map(({ name }: { name: string }) => name);
  expect(names).toEqual(['a', 'b', 'c']);
  expect(await ask('/v3/pages/volumes?marker=nope', { token })).toMatchObject({ status: 404 });
});

test('an Idempotency-Key makes many creates at once one volume, and holds room for one', async () => {
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => create('shy', { size: 1 }, { 'idempotency-key': 'one' })),
  );
  expect(new Set(answers.map(({ body }) => body.volume?.id)).size).toBe(1);
  const others = await Promise.all(Array.from({ length: 9 }, () => create('shy')));
  expect(others.map(({ status }) => status)).toEqual(Array(9).fill(202));
});

test('an image service that is away is a 503, and a blank volume needs none', async () => {
  const image = { size: 1, imageRef: '533ef249-e7e6-476f-ae5c-155c354defa4' };
  const answer = await create('painters', image);
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
  expect((await create('painters')).status).toBe(202);
});

test('while NATS is away creates are refused with 503, reads go on, and nothing is lost', async () => {
  const before = await create('storm');
  await nats.kill();
  const refused = await create('storm');
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
  const shown = await ask(`/v3/storm/volumes/${before.body.volume.id}`, { token: 'storm:ann:member' });
  expect(shown.status).toBe(200);
  await nats.restart();
  const after = await eventually(
    async () => {
      const answer = await create('storm', { size: 1 }, { 'idempotency-key': 'after' });
      return away(answer.status) ? undefined : answer;
    },
    { timeoutMs: 30_000, what: 'a create after NATS is back' },
  );
  expect(after.status).toBe(202);
  const path = `/v3/storm/volumes/${after.body.volume.id}`;
  await eventually(async () => (await ask(path, { token: 'storm:ann:member' })).status === 200, { timeoutMs: 30_000 });
}, 90_000);

test('while PostgreSQL is away everything that needs it is refused with 503, and it resumes by itself', async () => {
  await postgres.kill();
  expect(await ask('/v3/demo/volumes')).toMatchObject({ status: 503 });
  expect((await create('drought')).status).toBe(503);
  expect((await fetch(`${api.url}/health/ready`)).status).toBe(503);
  expect((await fetch(`${api.url}/health/live`)).status).toBe(200);
  await postgres.restart();
  const answer = await eventually(
    async () => {
      const tried = await create('drought');
      return away(tried.status) ? undefined : tried;
    },
    { timeoutMs: 30_000, what: 'a create after PostgreSQL is back' },
  );
  expect(answer.status).toBe(202);
  const path = `/v3/drought/volumes/${answer.body.volume.id}`;
  const token = 'drought:ann:member';
  await eventually(async () => (await ask(path, { token })).status === 200, { timeoutMs: 30_000 });
}, 90_000);

test('the metrics say how the log stands and how far the rows are', async () => {
  const text = await (await fetch(`${api.url}/metrics`)).text();
  expect(text).toMatch(/^hearth_log_durable \d/m);
  expect(text).toMatch(/^hearth_projection_sequence [1-9]/m);
});

test('a second process beside it answers too, and reads what it wrote', async () => {
  const second = await bundle.start(environment());
  await ready(second);
  const headers = { 'x-auth-token': 'twins:ann:member', 'content-type': 'application/json' };
  const body = JSON.stringify({ volume: { size: 1 } });
  const made = await fetch(`${second.url}/v3/twins/volumes`, { method: 'POST', headers, body });
  const { volume } = (await made.json()) as { volume: { id: string } };
  expect((await fetch(`${second.url}/v3/twins/volumes/${volume.id}`, { headers })).status).toBe(200);
  second.child.kill('SIGTERM');
  expect(await second.exit).toBe(0);
}, 60_000);

test('it says aloud that nobody is asked for a password, and ends in order when told', async () => {
  expect(api.output()).toMatch(/"level":"warn".*NOBODY IS ASKED FOR A PASSWORD/);
  api.child.kill('SIGTERM');
  expect(await api.exit).toBe(0);
  expect(api.output()).toContain('"message":"ended"');
}, 60_000);

test('it does not start before somebody has said how callers are known', async () => {
  const { HEARTH_AUTH_MODE: _mode, ...unsaid } = environment();
  const mute = await bundle.start(unsaid);
  expect(await mute.exit).toBe(78);
  expect(mute.output()).toMatch(/HEARTH_AUTH_MODE: is not set[\s\S]*development/);
}, 30_000);
