import { apiOfEachTest } from '../../testing/api-of-each-test';
import { at, imageId, prefetch, prefetchId } from '../../testing/cache-fixtures';
import { nowMs, runHearth } from '../../testing/run-hearth';

const api = apiOfEachTest();
const hearth = (...args: string[]) => runHearth(api.url, args);

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
