import { eventually } from '@hearth/testing';
import { throwAwayNats, type ThrowAwayNats, throwAwayPostgres, type ThrowAwayPostgres } from '@hearth/testing/servers';
import { type ApiProcess, bundledApi, ready } from '../testing/api-process';
import { RawClient } from '../testing/raw-client';

const connectionsMax = 20;

let nats: ThrowAwayNats;
let postgres: ThrowAwayPostgres;
let bundle: Awaited<ReturnType<typeof bundledApi>>;
let api: ApiProcess;
const opened: RawClient[] = [];

beforeAll(async () => {
  [nats, postgres, bundle] = await Promise.all([throwAwayNats(), throwAwayPostgres(), bundledApi()]);
  api = await bundle.start({
    HEARTH_NATS_URL: nats.url,
    HEARTH_DATABASE_URL: postgres.url,
    HEARTH_AUTH_MODE: 'development',
    HEARTH_GLANCE_URL: 'http://127.0.0.1:9',
    HEARTH_CONNECTIONS_MAX: String(connectionsMax),
    HEARTH_HEADERS_MAX_BYTES: '4096',
    HEARTH_HEADERS_TIMEOUT_MS: '500',
    HEARTH_REQUEST_TIMEOUT_MS: '1500',
    HEARTH_ANSWER_TIMEOUT_MS: '500',
    HEARTH_KEEP_ALIVE_TIMEOUT_MS: '500',
  });
  await ready(api);
}, 90_000);

afterEach(() => opened.splice(0).forEach((one) => one.end()));

afterAll(async () => {
  await bundle.remove();
  await Promise.all([nats.stop(), postgres.stop()]);
});

async function client(): Promise<RawClient> {
  const one = await RawClient.connect(api.url);
  opened.push(one);
  return one;
}

const post = [
  'POST /v3/demo/volumes HTTP/1.1',
  'Host: api',
  'X-Auth-Token: demo:ann:member',
  'Content-Type: application/json',
];
const isAlive = async () => (await fetch(`${api.url}/health/live`)).status;

async function metric(line: RegExp): Promise<number> {
  const text = await (await fetch(`${api.url}/metrics`)).text();
  return Number(line.exec(text)?.[1] ?? 0);
}

const connections = () => metric(/^hearth_http_connections\S* (\d+)/m);

/** Lines of the log that somebody would be woken by. */
const alarms = () =>
  api
    .output()
    .split('\n')
    .filter((line) => /"level":"(error|fatal)"/.test(line));

test('whoever sends a head in drops is told that it took too long, and the connection ends', async () => {
  const slow = await client();
  slow.send('GET /v3/demo/volumes HTTP/1.1', 'X-Drop: ');
  slow.drip('x');
  await slow.closed;
  expect(slow.statuses).toEqual([408]);
  expect(slow.body).toEqual({ computeFault: { code: 408, message: 'The request took too long to arrive.' } });
}, 30_000);

test('whoever says nothing is not waited for', async () => {
  await (
    await client()
  ).closed;
  expect(await isAlive()).toBe(200);
}, 30_000);

test('whoever sends a body in drops is told so; nothing is made of the part that came, and nobody is alarmed', async () => {
  const slow = await client();
  slow.send(...post, 'Content-Length: 100000', '', '{"volume": {"size": 1}');
  slow.drip(' ');
  await slow.closed;
  expect(slow.statuses).toEqual([408]);
  const headers = { 'x-auth-token': 'demo:ann:member' };
  expect(await (await fetch(`${api.url}/v3/demo/volumes`, { headers })).json()).toEqual({ volumes: [] });
  expect(alarms()).toEqual([]);
}, 30_000);

test('whoever goes away in the middle of a body leaves nothing behind, and nobody is alarmed', async () => {
  const gone = await client();
  gone.send(...post, 'Content-Length: 100', '', '{"volume"');
  const before = await eventually(async () => {
    const count = await connections();
    return count > 1 && count;
  });
  gone.end();
  await eventually(async () => (await connections()) < before, { what: 'an end of the connection' });
  expect(alarms()).toEqual([]);
}, 30_000);

test('whoever does not read the answers has its connection closed, and the rest is not kept', async () => {
  const slow = await client();
  slow.socket.pause();
  const asked = 40;
  for (let count = 0; count < asked; count += 1) slow.send('GET /openapi.json HTTP/1.1', 'Host: api', '', '');
  const closedSlow = () => metric(/^hearth_http_refused_total\{reason="slow_reader"\S* (\d+)/m);
  await eventually(async () => (await closedSlow()) > 0, { timeoutMs: 20_000, what: 'an end for the slow reader' });
  slow.socket.resume();
  await slow.closed;
  expect(slow.statuses.length).toBeLessThan(asked);
}, 40_000);

test.each([
  ['a head that is too large', ['GET / HTTP/1.1', `X-Large: ${'x'.repeat(5_000)}`, '', ''], 431, 'computeFault'],
  ['what is no HTTP', ['\u0016\u0003\u0001 hello', '', ''], 400, 'badRequest'],
  ['a line break in a header', ['GET / HTTP/1.1', 'X-A: b\rX-C: d', '', ''], 400, 'badRequest'],
  ['two lengths', [...post, 'Content-Length: 1', 'Content-Length: 2', '', '{}'], 400, 'badRequest'],
  ['a length and chunks', [...post, 'Content-Length: 1', 'Transfer-Encoding: chunked', '', ''], 400, 'badRequest'],
])("%s is answered in Cinder's shape, and the connection ends", async (_, lines, status, key) => {
  const odd = await client();
  odd.send(...lines);
  await odd.closed;
  expect(odd.statuses).toEqual([status]);
  expect(odd.body).toMatchObject({ [key]: { code: status } });
});

test('a body that is larger than it may be ends after its answer, announced or not', async () => {
  const announced = await client();
  announced.send(...post, 'Content-Length: 2000000000', '', '{');
  await announced.closed;
  expect([announced.statuses, announced.body]).toMatchObject([[413], { overLimit: { code: 413 } }]);
  const chunked = await client();
  chunked.send(...post, 'Transfer-Encoding: chunked', '', '');
  for (let mib = 0; mib < 2; mib += 1) chunked.send((2 ** 20).toString(16), ' '.repeat(2 ** 20), '');
  await chunked.closed;
  expect(chunked.statuses).toEqual([413]);
}, 30_000);

test('however many connections sit there, whoever asks is heard, and the oldest of them makes room', async () => {
  const sitting = await Promise.all(Array.from({ length: connectionsMax }, client));
  const [asker] = await Promise.all([client(), Promise.race(sitting.map(({ closed }) => closed))]);
  asker.send('GET /health/live HTTP/1.1', 'Host: api', 'Connection: close', '', '');
  await asker.closed;
  expect(asker.statuses).toEqual([200]);
  const crowd = await Promise.all(Array.from({ length: 3 * connectionsMax }, client));
  expect(await connections()).toBeLessThanOrEqual(connectionsMax);
  expect(await isAlive()).toBe(200);
  await Promise.all(crowd.map(({ closed }) => closed));
}, 30_000);

test('an answer comes whole to clients that send a body which nobody reads', async () => {
  const body = Buffer.alloc(300_000, ' ');
  const whole = Number((await fetch(`${api.url}/openapi.json`)).headers.get('content-length'));
  for (let turn = 0; turn < 20; turn += 1) {
    const one = await client();
    const head = ['GET /openapi.json HTTP/1.1', 'Host: api', 'Connection: close', `Content-Length: ${body.length}`];
    one.send(...head, '', '');
    one.socket.write(body);
    await one.closed;
    expect(one.received.length - one.received.indexOf('\r\n\r\n') - 4).toBe(whole);
  }
});
