import {
  at,
  ann,
  entry,
  entryId,
  imageId,
  policy,
  policyId,
  pool,
  poolDetail,
  poolView,
  prefetch,
  prefetchId,
  removal,
  statistics,
  volumeId,
} from './testing/cache-fixtures';
import { FakeApi } from './testing/fake-api';
import { nowMs, runHearth } from './testing/run-hearth';

let api: FakeApi;
beforeEach(async () => {
  api = await FakeApi.start();
});
afterEach(async () => {
  await api.close();
  expect(api.violations).toEqual([]);
});

const hearth = (...args: string[]) => runHearth(api.url, args);
const encoded = encodeURIComponent(pool);
const user = {
  ...{ id: volumeId, name: 'disk1', project_id: 'demo', status: 'available', size: 2, outcome: 'hit', created_at: at },
};
const next = (path: string) => [{ rel: 'next', href: `https://cloud.example/block${path}` }];

describe('what the caches hold', () => {
  test('a list goes on over all pages, by way of the api that was asked', async () => {
    const path = '/v3/cache/entries?status=ready';
    api.givenBodies(`GET ${path}`, { entries: [entry()], entries_links: next(`${path}&marker=${entryId}`) });
    api.givenBodies(`GET ${path}&marker=${entryId}`, { entries: [entry({ generation: 2 })] });
    const { code, out } = await hearth('cache', 'list', '--status', 'ready', '--json');
    expect([code, (JSON.parse(out) as object[]).length]).toEqual([0, 2]);
  });

  test('a list ends where it is told to', async () => {
    const path = '/v3/cache/entries?limit=1';
    api.givenBodies(`GET ${path}`, { entries: [entry()], entries_links: next(`${path}&marker=${entryId}`) });
    expect((await hearth('cache', 'list', '--limit', '1')).code).toBe(0);
    expect(api.asked).toHaveLength(1);
  });

  test('filters are those of the api, with moments and sizes in their own words', async () => {
    const filters = ['--unused-since', '-7d', '--min-size', '1TiB', '--no-pinned', '--suspended', '--sort', 'hits:asc'];
    const day = encodeURIComponent(new Date(nowMs - 7 * 86_400_000).toISOString());
    const path = `/v3/cache/entries?pinned=false&suspended=true&min_size=1024&used_before=${day}&sort=hits%3Aasc`;
    api.givenBodies(`GET ${path}`, { entries: [] });
    const { out } = await hearth('cache', 'list', ...filters);
    expect([api.lines(), out]).toEqual([[`GET ${path}`], 'The caches hold nothing that matches.']);
  });

  test('what holds an entry back stands at its status', async () => {
    const suspended = entry({ suspended: 'hidden', suspendedAt: at, pinned: true });
    api.givenBodies('GET /v3/cache/entries', { entries: [suspended] });
    expect((await hearth('cache', 'list')).out).toContain('ready (suspended: hidden, pinned)');
  });

  test('where an image is: its entries, pins and what is on its way', async () => {
    const pins = [{ pool, image_id: imageId, note: 'golden', pinned_by: { policy_id: policyId }, pinned_at: at }];
    const image = { id: imageId, entries: [entry()], pins, prefetches: [prefetch()] };
    api.givenBodies(`GET /v3/cache/images/${imageId}`, { image });
    const { out } = await hearth('cache', 'where', imageId);
    expect(out).toMatch(/POOL +STATUS[^]*Pinned:[^]*golden[^]*Being fetched:[^]*queued/);
  });

  test('an image that no cache knows is not found', async () => {
    expect(await hearth('cache', 'where', imageId)).toMatchObject({
      code: 3,
      complaint: 'hearth: nothing here (HTTP 404)',
    });
  });

  test('who uses the entries of an image', async () => {
    api.givenBodies(`GET /v3/cache/entries?image_id=${imageId}`, { entries: [entry()] });
    api.givenBodies(`GET /v3/cache/entries/${entryId}/used-by`, { volumes: [user] });
    expect((await hearth('cache', 'used-by', imageId)).out).toContain(volumeId);
  });

  test('an entry that is gone is found by its own id', async () => {
    const gone = entry({ status: 'reaped', retiredAt: at, retiredBy: ann, reapedAt: at });
    api.givenBodies(`GET /v3/cache/entries?image_id=${entryId}`, { entries: [] });
    api.givenBodies(`GET /v3/cache/entries/${entryId}`, { entry: { ...gone, links: [] } });
    expect((await hearth('cache', 'show', entryId)).out).toMatch(
      /retired +2026-11-21T00:49:50 by user ann of project ops/,
    );
  });

  test('what is no id is wrong usage, and nobody is asked', async () => {
    expect((await hearth('cache', 'show', 'debian')).code).toBe(2);
    expect(api.asked).toEqual([]);
  });

  test('a pool is shown with its shares, and with its effective settings', async () => {
    api.givenBodies(`GET /v3/cache/pools/${encoded}`, poolDetail());
    expect((await hearth('cache', 'pools', pool)).out).toMatch(/PROJECT +GIB +ENTRIES\ndemo +2 +1/);
    const { out } = await hearth('cache', 'settings', pool);
    expect(out).toMatch(/^max size +100 GiB$/m);
    expect(out).toMatch(/^minimum age +1 d$/m);
  });
});

describe('steering', () => {
  test('a deleted entry: what still needs its image-volume is told', async () => {
    const retired = entry({ status: 'retired', retireReason: 'manual', usedBy: 1, retiredAt: at });
    api.givenBodies(`GET /v3/cache/entries?status=ready%2Cfilling&image_id=${imageId}`, { entries: [entry()] });
    api.given(`DELETE /v3/cache/entries/${entryId}`, { status: 202, body: { entry: retired } });
    api.givenBodies(`GET /v3/cache/entries/${entryId}/used-by`, { volumes: [user] });
    const { code, out } = await hearth('cache', 'delete', imageId);
    expect([code, out]).toEqual([0, expect.stringContaining(`need the image-volume (1): ${volumeId}`)]);
  });

  test('an image with entries in several pools is not deleted by chance', async () => {
    const entries = [entry(), entry({ pool: 'store-02@fast#default' })];
    api.givenBodies(`GET /v3/cache/entries?status=ready%2Cfilling&image_id=${imageId}`, { entries });
    expect(await hearth('cache', 'delete', imageId)).toMatchObject({
      code: 2,
      complaint: expect.stringContaining('--pool'),
    });
    expect(api.lines().join()).not.toContain('DELETE');
  });

  test('a clear asks until nothing remains, and adds up', async () => {
    api.givenBodies('POST /v3/cache/clear', { removal: removal({ remaining: 1 }) }, { removal: removal() });
    const { code, out, progress } = await hearth('cache', 'clear', '--pool', 'store-01@*', '--yes');
    expect([code, out.split('\n')[0]]).toEqual([0, '2 entries of 4 GiB were given up.']);
    expect(api.asked.map(({ body }) => body)).toEqual(
      Array(2).fill({ clear: { pools: ['store-01@*'], dry_run: false } }),
    );
    expect(progress).toContain('entries');
  });

  test('a clear ends when the api takes nothing any more', async () => {
    api.givenBodies('POST /v3/cache/clear', { removal: removal({ count: 0, remaining: 5 }) });
    expect((await hearth('cache', 'clear', '--yes')).out).toContain('5 are left');
    expect(api.asked).toHaveLength(1);
  });

  test.each([[[]], [['--yes', '--dry-run']]])('a clear with %j is wrong usage', async (options) => {
    expect((await hearth('cache', 'clear', ...options)).code).toBe(2);
    expect(api.asked).toEqual([]);
  });

  test('a dry run asks once, and says what would go', async () => {
    api.givenBodies('POST /v3/cache/prune', { removal: removal({ remaining: 7, dry_run: true }) });
    const targets = [
      '--to-size',
      '200GiB',
      '--to-count',
      '3',
      '--older-than',
      '30d',
      '--unused-for',
      '7d',
      '--max',
      '5',
    ];
    const { out, progress } = await hearth('cache', 'prune', '--dry-run', '--json', ...targets);
    expect(JSON.parse(out)).toMatchObject({ dry_run: true, count: 1, remaining: 7 });
    expect(api.asked.map(({ body }) => body)).toEqual([
      {
        prune: {
          dry_run: true,
          max: 5,
          size_gib: 200,
          count: 3,
          older_than_seconds: 2_592_000,
          unused_for_seconds: 604_800,
        },
      },
    ]);
    expect(progress).toBe('');
  });

  test.each([
    ['done', 0],
    ['failed', 1],
    ['unreachable', 5],
  ])('a clean whose pass is %s ends with %i', async (status, code) => {
    const passes = [{ pass: 'reap-retired', status, detail: null }];
    api.givenBodies('POST /v3/cache/clean', { removal: removal(), passes });
    expect((await hearth('cache', 'clean')).code).toBe(code);
  });

  test('a cache is switched off, draining or not, and on', async () => {
    const off = poolDetail({ offReady: 'drain', offBy: ann });
    api.givenBodies(`PUT /v3/cache/pools/${encoded}/switch`, off, off, poolDetail());
    expect((await hearth('cache', 'off', pool, '--drain')).out).toContain('switched off, entries drain');
    await hearth('cache', 'off', pool);
    api.givenBodies('GET /v3/cache/pools', { pools: [poolView()] });
    expect((await hearth('cache', 'on', '--all')).out).not.toContain('switched off');
    expect(api.asked.flatMap(({ body }) => body ?? [])).toEqual([
      { switch: { on: false, ready: 'drain' } },
      { switch: { on: false, ready: 'stay' } },
      { switch: { on: true } },
    ]);
    expect((await hearth('cache', 'off')).code).toBe(2);
  });

  test('pins come and go', async () => {
    const pins = [
      {
        pool,
        image_id: imageId,
        note: 'golden',
        pinned_by: { user_id: 'ann', project_id: 'ops', request_id: null },
        pinned_at: at,
      },
    ];
    api.givenBodies('POST /v3/cache/pins', { pins });
    api.givenBodies('GET /v3/cache/pins', { pins });
    api.given(`DELETE /v3/cache/pins/${imageId}?pool=${encoded}`, { status: 204 });
    await hearth('cache', 'pin', imageId.toUpperCase(), '--note', 'golden', '--pool', 'a@*', '--pool', 'b@*');
    expect(api.asked[0]?.body).toEqual({ pin: { image_id: imageId, pools: ['a@*', 'b@*'], note: 'golden' } });
    expect((await hearth('cache', 'pins')).out).toContain('user ann of project ops');
    expect((await hearth('cache', 'unpin', imageId, '--pool', pool)).out).toContain(`not pinned any more in ${pool}`);
  });
});

describe('prefetches', () => {
  const one = `GET /v3/cache/prefetches/${prefetchId}`;
  const asked = (status: string) => ({ status: 202, body: { prefetches: [prefetch({ status })] } });

  test('who waits sees how far they are, and gets their ends', async () => {
    api.given('POST /v3/cache/prefetches', asked('queued'));
    const progress = { percent: 40, bytesDone: 4, bytesTotal: 10, phase: 'download' };
    api.givenBodies(
      one,
      { prefetch: prefetch({ status: 'running', progress }) },
      { prefetch: prefetch({ status: 'cached', generation: 4, endedAt: at }) },
    );
    const made = await hearth('cache', 'prefetch', imageId, '--wait', '--deadline', '2h', '--pin');
    expect([made.code, made.out]).toEqual([0, expect.stringContaining('cached')]);
    expect(made.progress).toContain('percent of all');
    expect(api.asked[0]?.body).toEqual({
      prefetch: { images: [imageId], pin: true, deadline: new Date(nowMs + 7_200_000).toISOString() },
    });
  });

  test('one that ends otherwise fails, with its reason', async () => {
    api.given('POST /v3/cache/prefetches', asked('queued'));
    const failure = { code: 'image.corrupt', reason: 'the hash is another' };
    api.givenBodies(one, { prefetch: prefetch({ status: 'error', failure, endedAt: at }) });
    const made = await hearth('cache', 'prefetch', imageId, '--wait');
    expect([made.code, made.out]).toEqual([1, expect.stringContaining('the hash is another')]);
  });

  test('one that was skipped fails, too', async () => {
    const skipped = {
      ...{ ...prefetch(), id: null, status: 'skipped', reason: 'The pool has no image-volume cache.' },
      ...{ requested_by: null, requested_at: null },
    };
    api.given('POST /v3/cache/prefetches', { status: 202, body: { prefetches: [skipped] } });
    expect((await hearth('cache', 'prefetch', imageId)).code).toBe(1);
  });

  test('nobody waits beyond the time that is given', async () => {
    api.given('POST /v3/cache/prefetches', asked('queued'));
    api.givenBodies(one, { prefetch: prefetch() });
    const made = await hearth('cache', 'prefetch', imageId, '--wait', '--timeout', '30s');
    expect([made.code, made.complaint]).toEqual([1, expect.stringContaining('still on their way')]);
  });

  test('they are listed, shown and cancelled', async () => {
    api.givenBodies('GET /v3/cache/prefetches?status=running', { prefetches: [prefetch({ status: 'running' })] });
    expect((await hearth('cache', 'prefetches', '--status', 'running')).out).toContain(prefetchId);
    api.givenBodies(one, { prefetch: prefetch() });
    expect((await hearth('cache', 'prefetches', prefetchId)).out).toMatch(/requested +2026-11-21T00:49:50 by user ann/);
    const cancelled = prefetch({ status: 'running', cancelledAt: at });
    api.given(`DELETE /v3/cache/prefetches/${prefetchId}`, { status: 202, body: { prefetch: cancelled } });
    expect((await hearth('cache', 'cancel', prefetchId)).out).toContain('being cancelled');
  });
});

describe('policies', () => {
  const path = `/v3/cache/policies/${policyId}`;

  test('without a word more they are listed', async () => {
    api.givenBodies('GET /v3/cache/policies', { policies: [policy()] });
    expect((await hearth('cache', 'policies')).out).toContain('name debian-12');
    expect(JSON.parse((await hearth('cache', 'policies', '--json')).out)).toEqual([policy()]);
  });

  test('one is made of what the options say', async () => {
    api.given('POST /v3/cache/policies', { status: 201, body: { policy: policy() } });
    const options = ['--image-name', 'debian-12', '--property', 'a=b', '--keep', '2', '--every', '1h', '--pin'];
    expect((await hearth('cache', 'policies', 'create', 'debian', ...options)).code).toBe(0);
    expect(api.asked[0]?.body).toEqual({
      policy: {
        name: 'debian',
        image_name: 'debian-12',
        image_properties: { a: 'b' },
        keep: 2,
        pin: true,
        every_seconds: 3_600,
      },
    });
  });

  test('a change leaves the rest as it is', async () => {
    api.givenBodies(`GET ${path}`, { policy: policy() });
    api.givenBodies(`PUT ${path}`, { policy: policy({ enabled: false }) });
    await hearth('cache', 'policies', 'update', policyId, '--no-enabled');
    const rest = { name: 'debian', pools: ['*'], keep: 2, pin: false, every_seconds: 3_600 };
    expect(api.asked[1]?.body).toEqual({ policy: { ...rest, image_name: 'debian-12', enabled: false } });
  });

  test('another kind of selector takes the place of the one before', async () => {
    api.givenBodies(`GET ${path}`, { policy: policy() });
    api.givenBodies(`PUT ${path}`, { policy: policy() });
    await hearth('cache', 'policies', 'update', policyId, '--image', imageId);
    expect(api.asked[1]?.body).toMatchObject({ policy: { image_id: imageId } });
    expect(api.asked[1]?.body).not.toHaveProperty('policy.image_name');
  });

  test.each([
    ['create', 'debian'],
    ['update', policyId],
    ['create', 'debian', '--image', imageId, '--image-name', 'x'],
  ])('%s %s without what to do is wrong usage', async (...args) => {
    expect((await hearth('cache', 'policies', ...args)).code).toBe(2);
    expect(api.asked).toEqual([]);
  });

  test('one is removed', async () => {
    api.given(`DELETE ${path}`, { status: 204 });
    expect((await hearth('cache', 'policies', 'delete', policyId)).code).toBe(0);
  });
});

describe('past and sums', () => {
  const event = {
    ...{
      pool,
      type: 'evict',
      at,
      sequence: 5,
      ordinal: 0,
      generation: 1,
      image_id: imageId,
      by: null,
      request_id: null,
    },
    data: { reason: 'lru', sizeGib: 2 },
  };

  test('a history is that of a pool, of an entry, or else of an image', async () => {
    api.givenBodies(`GET /v3/cache/pools/${encoded}/history?type=evict&direction=desc&limit=100`, { events: [event] });
    expect((await hearth('cache', 'history', pool, '--type', 'evict')).out).toContain('reason lru, sizeGib 2');
    api.givenBodies(`GET /v3/cache/images/${imageId}/history?direction=asc&uses=false&limit=3`, { events: [event] });
    const { out } = await hearth('cache', 'history', imageId, '--oldest-first', '--no-uses', '--limit', '3', '--json');
    expect(JSON.parse(out)).toEqual([event]);
    api.givenBodies(`GET /v3/cache/entries/${entryId}`, { entry: { ...entry(), links: [] } });
    api.givenBodies(`GET /v3/cache/entries/${entryId}/history?direction=desc&limit=100`, { events: [] });
    expect((await hearth('cache', 'history', entryId)).out).toBe('Nothing happened that matches.');
  });

  const earlier = new Date(nowMs - 7_200_000).toISOString();
  const was = {
    ...{ pool, size_gib: 2, filling_count: 0, ready_count: 1, retired_gib: 0, retired_count: 0, pinned_count: 0 },
    ...{ suspended_count: 0, off: null, settings: null },
  };

  test('the caches as they were, at a moment that is told by how long ago it was', async () => {
    const held = {
      ...{ id: entryId, pool, generation: 1, image_id: imageId, image_name: 'tiny', content: 'x', project_id: null },
      ...{ status: 'ready', size_gib: 2, suspended: null, pinned: false, since: at, hits: 2, last_used_at: null },
    };
    const path = `/v3/cache/state?at=${encodeURIComponent(earlier)}`;
    api.givenBodies(`GET ${path}&limit=0`, { at: earlier, pools: [was], entries: [] });
    api.givenBodies(`GET ${path}`, { at: earlier, pools: [was], entries: [held] });
    const { code, out } = await hearth('cache', 'at', '-2h');
    expect([code, out]).toEqual([0, expect.stringMatching(/^The caches at 2026-11-22T10:00:00 \(UTC\):[^]*tiny/)]);
  });

  test('the bounds of a moment that is not known are those that the api tells', async () => {
    const message = 'Invalid input received: at 2020-01-01T00:00:00.000Z is before the log';
    const badRequest = { status: 400, body: { badRequest: { code: 400, message } } };
    api.given('GET /v3/cache/state?at=2020-01-01T00%3A00%3A00.000Z&limit=0', badRequest);
    expect(await hearth('cache', 'at', '2020-01-01')).toMatchObject({
      code: 4,
      complaint: expect.stringContaining(message),
    });
  });

  test('what differs between two moments', async () => {
    const to = new Date(nowMs).toISOString();
    const totals = {
      ...{
        appeared: 0,
        disappeared: 1,
        changed: 0,
        size_gib_before: 2,
        size_gib_after: 0,
        hits: 1,
        joined: 0,
        misses: 0,
      },
      ...{ fills: 0, evictions: { lru: 1 } },
    };
    const change = {
      ...{ id: entryId, pool, generation: 1, image_id: imageId, image_name: 'tiny', after: null },
      before: { status: 'ready', size_gib: 2, suspended: null },
    };
    const path = `/v3/cache/difference?from=${encodeURIComponent(earlier)}`;
    api.givenBodies(`GET ${path}&limit=0`, { from: earlier, to, totals, changes: [] });
    api.givenBodies(`GET ${path}&to=${encodeURIComponent(to)}`, { from: earlier, to, totals, changes: [change] });
    const { out } = await hearth('cache', 'diff', '--json', '-2h');
    expect(JSON.parse(out)).toEqual({ from: earlier, to, totals, changes: [change] });
    expect((await hearth('cache', 'diff', '2h')).out).toMatch(/evicted: 1 lru[^]*\n- +0a6b/);
  });

  test('sums by day', async () => {
    const day = statistics({ key: '2026-11-21' });
    const body = { statistics: { total: statistics(), by: 'day', parts: [day] } };
    api.givenBodies('GET /v3/cache/statistics?by=day', body);
    const { out } = await hearth('cache', 'stats', '--by', 'day');
    expect(out).toMatch(/DAY +REQUESTS[^]*2026-11-21 +11 +6 +2 +2 +1 +0 +80 % +80 % +75 %/);
    expect(out).toMatch(/8 MiB +1 min 15 s$/m);
  });
});
