import type { CreateDecision } from '@hearth/contracts';
import { imageCacheDecider } from '@hearth/domain';
import { exampleRequest } from '@hearth/domain/testing';
import { runCommand } from '@hearth/event-sourcing';
import type { PoolRef, ProjectId, VolumeId } from '@hearth/kernel';
import { eventually } from '@hearth/testing';
import { randomUUID } from 'node:crypto';
import { type DatabaseApi, startDatabaseApi } from '../testing/database-api';
import { givenCache, type GivenEntry, givenEntry } from '../testing/given-cache';
import { decideFor } from '../testing/given-volume';
import { messageOf, tokens } from '../testing/test-api';

const admin = { token: tokens.admin };
const pool = 'host@file#pool' as PoolRef;
let house: DatabaseApi;
let [small, large]: GivenEntry[] = [];
/** When two entries were there, and when one of them was not any more, by the log's time. */
const moments: string[] = [];

const newest = async () => ((await get('state')).body as { at: string }).at;
const moment = async () => void moments.push(await newest());

beforeAll(async () => {
  house = await startDatabaseApi({ services: { clock: Date } });
  await givenCache(house, pool, { maxSizeGib: 4 });
  small = await givenEntry(house, pool);
  large = await givenEntry(house, pool, { sizeGib: 3 });
  for (const outcome of ['hit', 'hit', 'joined', 'miss'] as const) await givenCreate(small, outcome);
  await givenCreate(large, 'hit');
  await givenCreate(large, 'bypass');
  await moment();
  await house.api.delete(`/v3/cache/entries/${large.id}`, admin);
  await moment();
}, 60_000);
afterAll(() => house.stop());

/** A volume from the entry's image, whose create ended so. */
async function givenCreate({ image, generation, id }: GivenEntry, outcome: CreateDecision['outcome']): Promise<string> {
  const volumeId = randomUUID() as VolumeId;
  const request = { ...exampleRequest, volumeId, image, projectId: 'demo' as ProjectId };
  const isBypass = outcome === 'bypass';
  const moved = isBypass || outcome === 'miss' ? { bytesDownloaded: 1_000, bytesWritten: 900 } : noBytes;
  const decision: CreateDecision = {
    ...{ outcome, strategy: isBypass ? 'download' : 'cache', reason: 'because', declined: [], digest: null },
    entry: isBypass ? null : { pool, generation, imageVolumeId: id },
    ...{ cloneMethod: null, ...moved, durationsMs: { clone: 500 } },
  };
  await decideFor(
    house,
    volumeId,
    { do: 'RequestVolume', request },
    { do: 'RecordPlacement', pool, availabilityZone: 'nova', rejected: [] },
    { do: 'RecordProvisioned', pool, bootable: true, imageMetadata: {}, decision },
  );
  return volumeId;
}
const noBytes = { bytesDownloaded: 0, bytesWritten: 0 };

const get = (path: string) => house.api.get(`/v3/cache/${path}`, admin);
const encoded = encodeURIComponent(pool);

describe('P10: the state', () => {
  test('at a past moment is what it was then, and the same whenever asked', async () => {
    const then = await get(`state?at=${moments[0]}`);
    expect(then).toMatchObject({
      status: 200,
      body: {
        at: moments[0],
        pools: [{ pool, ready_count: 2, size_gib: 4, off: null, settings: { max_size_gib: 4, policy: 'lru' } }],
        entries: [
          { id: small!.id, status: 'ready' },
          { id: large!.id, status: 'ready', size_gib: 3 },
        ],
      },
    });
    await givenEntry(house, pool);
    expect((await get(`state?at=${moments[0]}`)).body).toEqual(then.body);
    expect(await get(`state?at=${moments[1]}`)).toMatchObject({
      body: { pools: [{ ready_count: 1, retired_count: 1, retired_gib: 3 }], entries: [{}, { status: 'retired' }] },
    });
  });

  test('comes in pages that are of the same moment', async () => {
    const { body } = await get('state?limit=1');
    const { at, entries_links: links } = body as { at: string; entries_links: { href: string }[] };
    const next = new URL(links[0]!.href);
    expect(next.searchParams.get('at')).toBe(at);
    const rest = await house.api.get(next.pathname + next.search, admin);
    expect(rest.body).toMatchObject({ at, entries: [{ id: large!.id }] });
  });

  test('is told for good, though hosts whose clocks are not ours write later', async () => {
    const elsewhere = 'host@elsewhere#pool' as PoolRef;
    await givenCache(house, elsewhere);
    const then = await get('state');
    const { at } = then.body as { at: string };
    const recorded = [-86_400_000, 31_536_000_000].map((offMs) => new Date(Date.now() + offMs).toISOString());
    for (const writtenAt of recorded) {
      const now = () => writtenAt;
      const by = { userId: 'root' as never, projectId: 'operators' as never, requestId: null };
      const pin = { do: 'PinImage', imageId: randomUUID() as never, note: null, by, at: now() } as const;
      const stream = { category: 'image-cache', id: elsewhere } as const;
      await runCommand({ store: house.store, newId: randomUUID, now }, imageCacheDecider, stream, pin);
      await house.caughtUp();
      expect((await get(`state?at=${at}`)).body).toEqual(then.body);
    }
    const later = await get(`state?pool=${encodeURIComponent(elsewhere)}`);
    expect(later.body).toMatchObject({ pools: [{ pinned_count: 2 }] });
    expect((later.body as { at: string }).at < recorded.at(-1)!).toBe(true);
  });

  test('of a moment behind the newest of the log is of that one: what comes next may lie before the asked one', async () => {
    const at = await newest();
    await eventually(async () => Date.now() > Date.parse(at));
    const asked = new Date().toISOString();
    expect(await get(`state?at=${asked}`)).toMatchObject({ status: 200, body: { at } });
    expect(await get(`difference?from=${moments[0]}&to=${asked}`)).toMatchObject({
      body: { from: moments[0], to: at },
    });
  });

  test('now is what was told, also by a host whose clock is ahead of ours', async () => {
    const ahead = 'host@ahead#pool' as PoolRef;
    await givenCache(house, ahead);
    const anHourAhead = () => new Date(Date.now() + 3_600_000).toISOString();
    const environment = { store: house.store, newId: randomUUID, now: anHourAhead };
    const act = {
      by: { userId: 'root' as never, projectId: 'operators' as never, requestId: null },
      at: anHourAhead(),
    };
    const stream = { category: 'image-cache', id: ahead } as const;
    await runCommand(environment, imageCacheDecider, stream, { do: 'SwitchOff', ready: 'stay', ...act });
    await house.caughtUp();
    const now = await get(`state?pool=${encodeURIComponent(ahead)}`);
    expect(now).toMatchObject({ status: 200, body: { pools: [{ pool: ahead, off: { ready: 'stay' } }] } });
    const { at } = now.body as { at: string };
    expect((await get(`state?pool=${encodeURIComponent(ahead)}&at=${at}`)).body).toEqual(now.body);
  });

  test.each([
    ['at=2999-01-01', /at 2999-01-01T00:00:00.000Z is still to come: it is 20.*, and the log begins at 20/],
    ['at=1999-01-01', /at 1999-01-01T00:00:00.000Z is before the log, which begins at 20/],
    ['at=noon', /at is no instant in ISO 8601/],
    ['when=now', /unknown parameter 'when'/],
    ['marker=x', /marker \[x\] not found/],
  ])('%s is refused, with the bounds', async (query, message) => {
    const answer = await get(`state?${query}`);
    expect([answer.status, messageOf(answer)]).toEqual([400, expect.stringMatching(message)]);
  });

  test('of a pool that is not there is not found', async () => {
    expect((await get('state?pool=nowhere')).status).toBe(404);
  });
});

describe('the difference', () => {
  test('between two moments says what changed, and what happened', async () => {
    expect(await get(`difference?from=${moments[0]}&to=${moments[1]}&pool=${encoded}`)).toMatchObject({
      status: 200,
      body: {
        totals: { appeared: 0, disappeared: 0, changed: 1, evictions: { manual: 1 } },
        changes: [{ id: large!.id, before: { status: 'ready' }, after: { status: 'retired' } }],
      },
    });
  });

  test.each([
    ['', /from is missing/],
    ['from=2026-01-02&to=2026-01-01', /which is after to/],
    ['from=2999-01-01', /still to come/],
  ])('%s is refused', async (query, message) => {
    const answer = await get(`difference?${query}`);
    expect([answer.status, messageOf(answer)]).toEqual([400, expect.stringMatching(message)]);
  });
});

describe('statistics', () => {
  test('tell ratios by requests, bytes and seconds, and what was spared', async () => {
    expect(await get(`statistics?pool=${encoded}`)).toMatchObject({
      status: 200,
      body: {
        statistics: {
          total: {
            ...{ requests: 6, hits: 3, joined: 1, misses: 1, bypasses: 1, failed: 0 },
            hit_ratio: { requests: 0.8, bytes: 0.8, seconds: 0.45 },
            ...{ bytes_downloaded: 2_000, bytes_saved: 4_000, seconds_saved: 4.5 },
          },
          by: null,
          parts: [],
        },
      },
    });
  });

  test('by image, the most wanted first', async () => {
    expect(await get('statistics?by=image')).toMatchObject({
      body: {
        statistics: {
          parts: [
            { key: small!.image.id, requests: 4 },
            { key: large!.image.id, requests: 2, hit_ratio: { requests: 1 } },
          ],
        },
      },
    });
  });

  test('of nothing have no ratio', async () => {
    expect(await get('statistics?project_id=none')).toMatchObject({
      body: { statistics: { total: { requests: 0, hit_ratio: null } } },
    });
  });

  test('by something else are refused', async () => {
    expect((await get('statistics?by=mood')).status).toBe(400);
  });

  test('from a time that is still to come are refused; an interval may begin before the log, and end later', async () => {
    const answer = await get('statistics?from=2999-01-01');
    expect([answer.status, messageOf(answer)]).toEqual([
      400,
      expect.stringMatching(/from 2999-01-01T00:00:00.000Z is still to come/),
    ]);
    expect((await get('statistics?from=2001-01-01&to=2999-01-01')).status).toBe(200);
  });
});

describe('advice', () => {
  test('is given from the decisions that were recorded', async () => {
    const answer = await get(`advice?pool=${encoded}&target_percent=50`);
    expect(answer).toMatchObject({
      status: 200,
      body: {
        advice: {
          ...{ pool, decisions: 6, contents: 2, limited: false, assumed_sizes: 0, by: 'requests' },
          demand: { total: { requests: 6 }, compulsory: { requests: 2 } },
          happened: { hits: { requests: 4 }, misses: { requests: 1 }, bypasses: { requests: 1 } },
          current: { policy: 'lru', limit_gib: 4 },
          target: { hit_ratio: 0.5, reached: { limit_gib: 1 } },
        },
      },
    });
    const { advice } = answer.body as { advice: { curves: { policy: string }[]; sentences: string[] } };
    expect(advice.curves.map(({ policy }) => policy)).toEqual(['lru', 'sieve', 'cost-aware']);
    expect(advice.sentences.length).toBeGreaterThan(0);
  });

  test('a shadow says what other rules would have made of them', async () => {
    expect(await get(`shadow?pool=${encoded}&policy=sieve&limit_gib=1`)).toMatchObject({
      status: 200,
      body: {
        shadow: {
          rules: { policy: 'sieve', limit_gib: 1, admission: { mode: 'at-once' } },
          would: { hits: { requests: 3 }, not_cached: { larger_than_limit: 2 } },
          happened: { hits: { requests: 4 } },
          gained: { requests: -1 },
        },
      },
    });
  });

  test('of a project that asked for nothing is empty', async () => {
    expect(await get(`advice?pool=${encoded}&project_id=none`)).toMatchObject({
      body: { advice: { decisions: 0, recommended: null } },
    });
  });

  test.each([
    ['advice', '', 400, /pool is missing/],
    ['advice', 'pool=nowhere', 404, /Pool nowhere/],
    ['advice', `pool=${encoded}&target_percent=0`, 400, /above 0 and at most 100/],
    ['advice', `pool=${encoded}&by=mood`, 400, /by is none of requests/],
    ['advice', `pool=${encoded}&from=2999-01-01`, 400, /from 2999-01-01T00:00:00.000Z is still to come/],
    ['shadow', `pool=${encoded}&limit_gib=1&from=2999-01-01`, 400, /still to come/],
    ['shadow', `pool=${encoded}`, 400, /limit_gib is missing/],
    ['shadow', `pool=${encoded}&limit_gib=-1`, 400, /whole number from 0/],
    ['shadow', `pool=${encoded}&limit_gib=1&policy=fifo`, 400, /policy is none of lru, sieve, cost-aware/],
  ])('%s?%s is refused', async (what, query, status, message) => {
    const answer = await get(`${what}?${query}`);
    expect([answer.status, messageOf(answer)]).toEqual([status, expect.stringMatching(message)]);
  });
});

test('P8 · I.19 · I.46: a volume tells its decision and what the copy spared it', async () => {
  const volumeId = await givenCreate(small!, 'hit');
  expect(await house.api.get(`/v3/demo/volumes/${volumeId}/explain`)).toMatchObject({
    status: 200,
    body: { explanation: { decision: { outcome: 'hit', saved_bytes: 1_000, saved_seconds: 1.5 } } },
  });
});

test('an entry tells which volumes were made from it', async () => {
  const { body } = await get(`entries/${small!.id}/used-by?limit=2&with_count=true`);
  expect(body).toMatchObject({ volumes: [{ project_id: 'demo' }, {}], volumes_links: [{ rel: 'next' }] });
  expect((body as { count: number }).count).toBeGreaterThanOrEqual(4);
});
