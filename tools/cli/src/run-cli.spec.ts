import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { apiOfEachTest } from './testing/api-of-each-test';
import { entry, poolView } from './testing/cache-fixtures';
import { runHearth } from './testing/run-hearth';

const id = 'b0b6b7b1-7d65-45c6-ba6f-04a17aa78527';
const volume = {
  id,
  name: 'disk1',
  status: 'available',
  size: 2,
  volume_type: 'fast',
  availability_zone: 'nova',
  bootable: 'true',
  created_at: '2026-11-21T00:49:50.000000',
  metadata: { k: 'v' },
};

const api = apiOfEachTest();
const hearth = (...args: string[]) => runHearth(api.url, args);

/** An address at which nobody listens any more. */
async function closedAddress(): Promise<string> {
  const brief = createServer().listen(0, '127.0.0.1');
  await once(brief, 'listening');
  const { port } = brief.address() as AddressInfo;
  brief.close();
  await once(brief, 'close');
  return `http://127.0.0.1:${port}`;
}

test('volumes are listed in columns', async () => {
  api.given('GET /v3/volumes/detail?status=available', { status: 200, body: { volumes: [volume] } });
  const { code, out } = await hearth('volume', 'list', '--status', 'available');
  expect(code).toBe(0);
  const [titles = '', row = ''] = out.split('\n');
  expect(titles).toMatch(/^ID +NAME +STATUS +GIB/);
  expect(row.indexOf('disk1')).toBe(titles.indexOf('NAME'));
  expect(api.asked[0]?.headers['x-auth-token']).toBe('demo:ann:member');
});

test('everything can be had as JSON, and options may stand behind the command', async () => {
  api.given('GET /v3/cache/pools', { status: 200, body: { pools: [poolView()] } });
  const { out } = await hearth('cache', 'pools', '--json', '--token', 'ops:root:admin');
  expect(JSON.parse(out)).toEqual([poolView()]);
  expect(api.asked[0]?.headers['x-auth-token']).toBe('ops:root:admin');
});

test('a create sends what was asked for and waits until the volume is available', async () => {
  api.given('POST /v3/volumes', { status: 202, body: { volume: { ...volume, status: 'creating' } } });
  const steps = ['creating', 'downloading', 'available'].map((status) => ({ volume: { ...volume, status } }));
  api.givenBodies(`GET /v3/volumes/${id}`, ...steps);
  const made = await hearth(
    'volume',
    'create',
    'disk1',
    '--size',
    '2',
    '--image',
    'tiny',
    '--property',
    'k=v',
    '--wait',
  );
  expect([made.code, made.out]).toEqual([0, expect.stringMatching(/status +available/)]);
  expect(api.asked[0]?.body).toEqual({ volume: { size: 2, name: 'disk1', imageRef: 'tiny', metadata: { k: 'v' } } });
  expect(api.asked).toHaveLength(4);
});

test('a create that ends in error fails', async () => {
  api.given('POST /v3/volumes', { status: 202, body: { volume } });
  api.given(`GET /v3/volumes/${id}`, { status: 200, body: { volume: { ...volume, status: 'error' } } });
  const { code, complaint } = await hearth('volume', 'create', '--size', '2', '--wait');
  expect([code, complaint]).toEqual([1, expect.stringContaining(`hearth explain ${id}`)]);
});

test('a volume may be named by its name', async () => {
  api.given('GET /v3/volumes?name=disk1&limit=2', { status: 200, body: { volumes: [{ id }] } });
  api.given(`DELETE /v3/volumes/${id}`, { status: 202, body: undefined });
  expect((await hearth('volume', 'delete', 'disk1')).code).toBe(0);
});

test.each([
  ['no volume', [], 3],
  ['several volumes', [{ id }, { id }], 2],
])('a name of %s is an error', async (_what, volumes, expected) => {
  api.given('GET /v3/volumes?name=disk1&limit=2', { status: 200, body: { volumes } });
  const { code, complaint } = await hearth('volume', 'show', 'disk1');
  expect([code, complaint]).toEqual([expected, expect.stringContaining("'disk1'")]);
});

test('an explanation begins with its sentence', async () => {
  const explanation = {
    volume_id: id,
    name: 'disk1',
    status: 'available',
    size_gib: 2,
    image_id: id,
    request_id: null,
    sentence: 'Hit: a ready copy of the image was cloned by reflink; 0 bytes downloaded for it.',
    decision: {
      outcome: 'hit',
      strategy: 'cache',
      reason: 'cached',
      declined: [{ strategy: 'driver-clone', reason: 'not-offered' }],
      clone_method: 'reflink',
      bytes_downloaded: 0,
      source: { kind: 'peer', host: 'store-02', declined: [{ host: 'store-03', reason: 'busy' }] },
      bytes_written: 0,
      digest: 'sha512:ab',
      durations_ms: { clone: 0.41 },
    },
    failure: null,
    created_at: '2026-11-21T00:49:50.123Z',
    launched_at: null,
    deleted_at: null,
  };
  api.given(`GET /v3/volumes/${id}/explain`, { status: 200, body: { explanation } });
  const { code, out } = await hearth('explain', id);
  expect([code, out.split('\n')[0]]).toEqual([0, explanation.sentence]);
  expect(out).toMatch(/outcome +hit \(cached\) by cache/);
  expect(out).toMatch(/declined +driver-clone: not-offered/);
  expect(out).toMatch(/source +peer store-02; not store-03: busy/);
  expect(out).toMatch(/took +clone 0\.41 ms/);
});

test('how far an image has come is shown wherever its volume or its copy is', async () => {
  const progress = { percent: 42, bytes_done: 7_046_430, bytes_total: 16_777_216, phase: 'download' };
  const making = { ...volume, status: 'creating', 'hearth:progress': progress };
  const explanation = { volume_id: id, name: null, status: 'creating', size_gib: 2, image_id: id, sentence: 'Soon.' };
  const more = { request_id: null, decision: null, failure: null, created_at: '', launched_at: null, deleted_at: null };
  api.given(`GET /v3/volumes/${id}`, { status: 200, body: { volume: making } });
  api.given('GET /v3/volumes/detail', { status: 200, body: { volumes: [making, volume] } });
  api.givenBodies(`GET /v3/volumes/${id}/explain`, { explanation: { ...explanation, ...more, progress } });
  const filling = entry({
    status: 'filling',
    progress: { percent: 42, phase: 'download', bytesDone: 7_046_430, bytesTotal: 16_777_216 },
  });
  const retired = entry({ status: 'retired', retireReason: 'lru' });
  api.givenBodies('GET /v3/cache/entries', { entries: [filling, retired] });
  const text = /^progress +download 42 %, 6\.72 MiB of 16 MiB$/m;
  expect((await hearth('volume', 'show', id)).out).toMatch(text);
  expect((await hearth('explain', id)).out).toMatch(text);
  expect((await hearth('volume', 'list')).out).toMatch(/creating \(42 %\)[^]*available  /);
  expect((await hearth('cache', 'list')).out).toMatch(/filling \(42 %\)[^]*retired \(lru\)/);
});

test('a copy is shown with what proves its bytes, and with what was found when they changed', async () => {
  const found = entry({
    ...{ status: 'retired', retireReason: 'verify-failed', ignoredChecks: ['polyglot'], imageId: id },
    source: { kind: 'peer', host: 'store-02', declined: [{ host: 'store-03', reason: 'busy' }] },
    corruption: { expectedDigest: 'sha256-1m:cd', foundDigest: 'sha256-1m:ff', at: '2026-11-28T00:00:00.000Z' },
  });
  api.givenBodies(`GET /v3/cache/entries?image_id=${id}`, { entries: [found] });
  const { code, out } = await hearth('cache', 'show', id);
  expect(code).toBe(0);
  for (const line of [
    /^status +retired \(verify-failed\)$/m,
    /^source +peer store-02; not store-03: busy$/m,
    /^hash +sha512:ab \(os_hash\)$/m,
    /^signature +verified$/m,
    /^content +sha256-1m:cd$/m,
    /^verified +2026-11-21T00:49:50$/m,
    /^ignored +polyglot$/m,
    /^corrupt +found sha256-1m:ff at 2026-11-28T00:00:00$/m,
  ]) {
    expect(out).toMatch(line);
  }
});

test('an image of which no cache has a copy is not found', async () => {
  api.givenBodies(`GET /v3/cache/entries?image_id=${id}`, { entries: [] });
  expect(await hearth('cache', 'show', id)).toMatchObject({
    ...{ code: 3, complaint: expect.stringContaining(`no copy of an image ${id}`) },
  });
});

test('a refusal is shown in the words of the api, with exit code 4', async () => {
  const refusal = { status: 413, body: { overLimit: { code: 413, message: 'over quota' } } };
  api.given('POST /v3/volumes', refusal);
  expect(await hearth('volume', 'create', '--size', '2')).toMatchObject({
    code: 4,
    complaint: 'hearth: over quota (HTTP 413)',
  });
});

test('an api that cannot serve just now is exit code 5, like one that is not there', async () => {
  api.given('GET /v3/cache/entries', { status: 503, body: { serviceUnavailable: { message: 'away' } } });
  expect((await hearth('cache', 'list')).code).toBe(5);
  const url = await closedAddress();
  const gone = await hearth('cache', 'list', '--url', url);
  expect([gone.code, gone.complaint]).toEqual([5, expect.stringContaining(`cannot reach the api at ${url}: `)]);
});

test.each([
  [['volume', 'create', 'x']],
  [['volume', 'create', '--size', '1.5']],
  [['volume', 'create', '--size', '1', '--property', 'x']],
  [['nonsense']],
  [['cache', 'list', '--colour', 'red']],
  [['cache', 'list', '--url', 'nowhere']],
])('%j is wrong usage', async (args) => {
  const { code, complaint } = await hearth(...args);
  expect([code, complaint]).toEqual([2, expect.stringMatching(/\S/)]);
  expect(api.asked).toHaveLength(0);
});

test('help has examples and is no error', async () => {
  const { code, out } = await hearth('--help');
  expect([code, out]).toEqual([0, expect.stringContaining('$ hearth explain disk1')]);
});

describe('the commands about the log itself', () => {
  const places = ['--database-url', 'postgresql://nobody@127.0.0.1:9/none', '--nats-url', 'nats://127.0.0.1:9'];

  test('say which place is missing, and ask no api', async () => {
    expect(await hearth('log', 'verify')).toMatchObject({
      code: 2,
      complaint: expect.stringContaining('--database-url'),
    });
    expect(await hearth('log', 'reconcile', ...places.slice(0, 2))).toMatchObject({
      ...{ code: 2, complaint: expect.stringContaining('--nats-url') },
    });
    expect(api.asked).toEqual([]);
  });

  test('say that NATS is away', async () => {
    expect(await hearth('log', 'verify', ...places)).toMatchObject({
      ...{ code: 5, complaint: expect.stringContaining('cannot connect to NATS at nats://127.0.0.1:9') },
    });
  });

  test('refuse to show and to decide at once, and a decision without a word', async () => {
    expect((await hearth('log', 'reconcile', '--yes', '--dry-run', ...places)).code).toBe(2);
    expect(await hearth('log', 'reconcile', '--yes', '--note', ' ', ...places)).toMatchObject({
      ...{ code: 2, complaint: expect.stringContaining('--note holds 1 to 1000 characters') },
    });
  });
});
