import { apiOfEachTest } from '../../testing/api-of-each-test';
import {
  at,
  ann,
  entry,
  entryId,
  entryUser,
  imageId,
  policyId,
  pool,
  poolDetail,
  prefetch,
  volumeId,
} from '../../testing/cache-fixtures';
import { nowMs, runHearth } from '../../testing/run-hearth';

const api = apiOfEachTest();
const hearth = (...args: string[]) => runHearth(api.url, args);
const encoded = encodeURIComponent(pool);
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
    api.givenBodies(`GET /v3/cache/entries/${entryId}/used-by`, { volumes: [entryUser()] });
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
