import { apiOfEachTest } from '../../testing/api-of-each-test';
import { at, entry, entryId, imageId, pool, statistics } from '../../testing/cache-fixtures';
import { nowMs, runHearth } from '../../testing/run-hearth';

const api = apiOfEachTest();
const hearth = (...args: string[]) => runHearth(api.url, args);
const encoded = encodeURIComponent(pool);

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
