import { apiOfEachTest } from './testing/api-of-each-test';
import { at, entry, entryId, imageId, removal } from './testing/cache-fixtures';
import { runHearth } from './testing/run-hearth';

const api = apiOfEachTest();
const hearth = (...args: string[]) => runHearth(api.url, args);

test.each([
  [['cache', 'at', 'yesterday'], "'yesterday' is no moment"],
  [['cache', 'at', '-10y'], "'10y' is no moment"],
  [['cache', 'diff', '2026-13-01'], "'2026-13-01' is no moment"],
  [['cache', 'diff', '-2h', 'soon'], "'soon' is no moment"],
  [['cache', 'prefetch', imageId, '--timeout', '30s'], '--timeout says how long to wait'],
])('%j is wrong usage, which is said, and asks nothing', async (args, complaint) => {
  const ended = await hearth(...args);
  expect([ended.code, api.lines()]).toEqual([2, []]);
  expect(ended.complaint).toContain(complaint);
});

test('a bar is full when as many entries are gone as were asked for', async () => {
  api.givenBodies('POST /v3/cache/prune', { removal: removal({ count: 1, remaining: 3 }) });
  expect((await hearth('cache', 'prune', '--to-count', '2', '--max', '1')).progress).toContain('1/1 entries');
});

test('of an entry whose image-volume is gone nothing is said to be needed', async () => {
  const reaped = entry({ status: 'reaped', retireReason: 'manual', retiredAt: at, reapedAt: at });
  api.givenBodies(`GET /v3/cache/entries?status=ready%2Cfilling&image_id=${entryId}`, { entries: [] });
  api.givenBodies(`GET /v3/cache/entries/${entryId}`, { entry: { ...reaped, links: [] } });
  api.given(`DELETE /v3/cache/entries/${entryId}`, { status: 202, body: { entry: reaped } });
  expect((await hearth('cache', 'delete', entryId)).out).toContain('its image-volume is gone');
});
