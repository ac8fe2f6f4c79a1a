import { apiOfEachTest } from '../../testing/api-of-each-test';
import {
  at,
  ann,
  entry,
  entryId,
  entryUser,
  imageId,
  pool,
  poolDetail,
  poolView,
  removal,
  volumeId,
} from '../../testing/cache-fixtures';
import { runHearth } from '../../testing/run-hearth';

const api = apiOfEachTest();
const hearth = (...args: string[]) => runHearth(api.url, args);
const encoded = encodeURIComponent(pool);

describe('steering', () => {
  test('a deleted entry: what still needs its image-volume is told', async () => {
    const retired = entry({ status: 'retired', retireReason: 'manual', usedBy: 1, retiredAt: at });
    api.givenBodies(`GET /v3/cache/entries?status=ready%2Cfilling&image_id=${imageId}`, { entries: [entry()] });
    api.given(`DELETE /v3/cache/entries/${entryId}`, { status: 202, body: { entry: retired } });
    api.givenBodies(`GET /v3/cache/entries/${entryId}/used-by`, { volumes: [entryUser()] });
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
