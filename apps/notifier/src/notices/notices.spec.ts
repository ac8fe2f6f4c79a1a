import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { categories, fillProgressSchema, type ImageCacheEvent, type VolumeEvent } from '@hearth/contracts';
import {
  cachePool,
  complete,
  createFailed,
  deleted,
  deletionFailed,
  deletionRequested,
  exampleDecision,
  exampleImage,
  examplePool,
  exampleRequest,
  failed,
  fillStarted,
  generationOf,
  imageOf,
  imageVolumeOf,
  placed,
  provisioned,
  requested,
  rescheduled,
  volumeOf,
} from '@hearth/domain/testing';
import type { Commit } from '@hearth/event-sourcing';
import { InMemoryEventStore } from '@hearth/event-sourcing';
import type { ProjectId, UserId } from '@hearth/kernel';
import { KnownFacts } from '../facts/known-facts';
import { noticeSchemas } from './catalogue';
import { jsonSchemaFiles, schemasFolder } from './json-schemas';
import type { Notice } from './notice';

const occurredAt = '2026-01-02T03:04:05.678Z';
const { volumeId } = exampleRequest;
const bypassed = {
  ...exampleDecision,
  outcome: 'bypass',
  strategy: 'download',
  reason: 'cache-disabled',
  entry: null,
} as const;
const use = {
  volumeId: volumeOf(4),
  generation: generationOf(1),
  imageId: imageOf(1).id,
  projectId: 'demo' as ProjectId,
  userId: 'alice' as UserId,
  sizeGib: 10,
  volumeType: '__DEFAULT__',
  requestId: 'req-4',
};
const entry = { generation: generationOf(1), imageId: imageOf(1).id, imageVolumeId: imageVolumeOf(1), sizeGib: 2 };

/** Notices of events that follow each other in one stream, one commit each; only those of the last. */
async function toldOf(
  stream: Commit['stream'],
  ...events: readonly (VolumeEvent | ImageCacheEvent)[]
): Promise<readonly Notice[]> {
  return tellAll(new KnownFacts(new InMemoryEventStore(), 10), stream, events);
}

async function tellAll(
  known: KnownFacts,
  stream: Commit['stream'],
  events: readonly (VolumeEvent | ImageCacheEvent)[],
): Promise<readonly Notice[]> {
  let told: readonly (readonly Notice[])[] = [];
  for (const [at, event] of events.entries()) {
    const commit = {
      id: `c${at}`,
      recordedAt: occurredAt,
      correlationId: `req-${at}`,
      stream,
      sequence: at + 1,
      events: [event],
    };
    told = await known.noticesOf(commit);
  }
  return told.flat();
}
const ofVolume = (...events: VolumeEvent[]) => toldOf({ category: 'volume', id: volumeId }, ...events);
const ofPool = (...events: ImageCacheEvent[]) => toldOf({ category: 'image-cache', id: cachePool }, ...events);

const onPool = [requested(), placed()] as const;
const provisionedBy = (decision: typeof bypassed | null): VolumeEvent => ({
  type: 'VolumeProvisioned',
  data: { pool: examplePool, bootable: decision !== null, imageMetadata: {}, decision },
});
const created: ImageCacheEvent = { type: 'create', data: { ...complete(1).created, ...entry } };
const fillFailed: ImageCacheEvent = {
  type: 'fill-failed',
  data: { generation: generationOf(1), failure: failed(), transient: false },
};

const verification = {
  ...{ generation: generationOf(1), contentDigest: 'sha256-1m:bad', at: occurredAt },
  ...{ bytesRead: 2 ** 30, durationMs: 1_000 },
};
const verifyFailed: ImageCacheEvent = {
  type: 'verify-failed',
  data: { ...verification, imageId: entry.imageId, imageVolumeId: entry.imageVolumeId, expectedDigest: 'sha256-1m:ok' },
};
const downloadStarted: VolumeEvent = { type: 'VolumeDownloadStarted', data: { pool: examplePool } };

/** What each event leads to, by category and type: an event that is missing here fails a test below. */
const told: Readonly<
  Record<string, Readonly<Record<string, readonly [() => Promise<readonly Notice[]>, readonly string[]]>>>
> = {
  volume: {
    VolumeRequested: [() => ofVolume(requested()), ['volume.create.start']],
    VolumePlaced: [() => ofVolume(...onPool), []],
    VolumePlacementFailed: [
      () =>
        ofVolume(requested(), {
          type: 'VolumePlacementFailed',
          data: { failure: failed('placement.no_valid_backend'), rejected: [] },
        }),
      ['volume.create.error'],
    ],
    VolumeRescheduled: [() => ofVolume(...onPool, rescheduled()), []],
    VolumeDownloadStarted: [() => ofVolume(...onPool, downloadStarted), ['volume.download.start']],
    VolumeProvisioned: [() => ofVolume(...onPool, provisioned()), ['volume.create.end']],
    VolumeCreateFailed: [() => ofVolume(...onPool, createFailed()), ['volume.create.error']],
    VolumeDeletionRequested: [() => ofVolume(...onPool, deletionRequested()), ['volume.delete.start']],
    VolumeDeleted: [() => ofVolume(...onPool, deleted()), ['volume.delete.end']],
    VolumeDeletionFailed: [() => ofVolume(...onPool, deletionFailed()), []],
  },
  'image-cache': {
    'fill-started': [() => ofPool(fillStarted(1, 1)), ['volume.create.start', 'image_volume_cache.fill.start']],
    'fill-sized': [() => ofPool({ type: 'fill-sized', data: { generation: generationOf(1), sizeGib: 3 } }), []],
    joined: [() => ofPool({ type: 'joined', data: { generation: generationOf(1), volumeId: volumeOf(2) } }), []],
    identified: [
      () =>
        ofPool(fillStarted(1, 1), {
          type: 'identified',
          data: { generation: generationOf(1), image: imageOf(1), content: 'sha512:00@1' },
        }),
      [],
    ],
    create: [
      () => ofPool(fillStarted(1, 1), created),
      ['image_volume_cache.create', 'volume.create.end', 'image_volume_cache.fill.end'],
    ],
    'fill-failed': [
      () => ofPool(fillStarted(1, 1), fillFailed),
      ['volume.create.error', 'volume.delete.start', 'image_volume_cache.fill.end'],
    ],
    released: [() => ofPool({ type: 'released', data: { generation: generationOf(1), volumeIds: [] } }), []],
    leased: [
      () => ofPool({ type: 'leased', data: { generation: generationOf(1), volumeId: volumeOf(2), outcome: 'hit' } }),
      [],
    ],
    'lease-ended': [
      () => ofPool({ type: 'lease-ended', data: { generation: generationOf(1), volumeId: volumeOf(2), reason: 'x' } }),
      [],
    ],
    hit: [() => ofPool(fillStarted(1, 1), { type: 'hit', data: { ...use, joined: true } }), ['image_volume_cache.hit']],
    miss: [
      () => ofPool(fillStarted(1, 1), { type: 'miss', data: { ...use, failed: false } }),
      ['image_volume_cache.miss'],
    ],
    evict: [
      () => ofPool(fillStarted(1, 1), { type: 'evict', data: { ...entry, reason: 'lru' } }),
      ['image_volume_cache.evict', 'volume.delete.start'],
    ],
    verified: [() => ofPool(fillStarted(1, 1), created, { type: 'verified', data: verification }), []],
    'verify-failed': [() => ofPool(fillStarted(1, 1), created, verifyFailed), ['image_volume_cache.corrupt']],
    reaped: [
      () =>
        ofPool(fillStarted(1, 1), {
          type: 'reaped',
          data: { generation: generationOf(1), imageVolumeId: imageVolumeOf(1), sizeGib: 2 },
        }),
      ['volume.delete.end'],
    ],
  },
  service: {
    ServiceEnabled: [async () => [], []],
    ServiceDisabled: [async () => [], []],
    CacheSettingsReported: [async () => [], []],
  },
};

test.each(
  Object.entries(categories).flatMap(([category, { events }]) =>
    Object.keys(events).map((type) => [category, type] as const),
  ),
)('%s: what outsiders are told of %s fits the published schemas', async (category, type) => {
  const [notices, types] = told[category]?.[type] ?? [];
  const found = await notices?.();
  expect(found?.map((notice) => notice.type)).toEqual(types);
  for (const notice of found ?? []) noticeSchemas[notice.type].strict().parse(notice.data);
});

test('a notice says whose volume it is, and whose request and what time led to it', async () => {
  const [end] = await ofVolume(...onPool, provisioned());
  expect(end).toEqual({
    type: 'volume.create.end',
    subject: volumeId,
    data: {
      project_id: 'demo',
      user_id: 'alice',
      volume_id: volumeId,
      size_gib: 10,
      volume_type: '__DEFAULT__',
      request_id: 'req-2',
      occurred_at: occurredAt,
      internal: false,
      name: 'root disk',
      image_id: exampleImage.id,
      host: examplePool,
      availability_zone: 'nova',
      bootable: true,
      outcome: 'hit',
    },
  });
});

test('a create without the cache is told twice: to those who watch the cache, and as any other', async () => {
  const notices = await ofVolume(...onPool, provisionedBy(bypassed));
  expect(notices.map(({ type }) => type)).toEqual(['image_volume_cache.bypass', 'volume.create.end']);
  expect(notices[0]?.data).toMatchObject({
    reason: 'cache-disabled',
    strategy: 'download',
    volume_id: volumeId,
    host: examplePool,
  });
  for (const { type, data } of notices) noticeSchemas[type].strict().parse(data);
  expect((await ofVolume(...onPool, provisionedBy(null))).map(({ type }) => type)).toEqual(['volume.create.end']);
});

test('an image-volume is told of as internal, and its owner is the internal tenant to its end', async () => {
  const life = await ofPool(fillStarted(1, 1), created, {
    type: 'reaped',
    data: { generation: generationOf(1), imageVolumeId: imageVolumeOf(1), sizeGib: 2 },
  });
  expect(life[0]?.data).toMatchObject({
    internal: true,
    project_id: 'hearth-internal',
    volume_id: imageVolumeOf(1),
    image_id: imageOf(1).id,
  });
});

test('J.2: a hit names the image, the pool as its host, the copy and the tenant; whether it waited is said', async () => {
  const [hit] = await ofPool(fillStarted(1, 1), { type: 'hit', data: { ...use, joined: true } });
  expect(hit).toMatchObject({
    type: expect.stringMatching(/image_volume_cache\.hit$/),
    subject: imageOf(1).id,
    data: {
      image_id: imageOf(1).id,
      host: cachePool,
      volume_id: volumeOf(4),
      project_id: 'demo',
      image_volume_id: imageVolumeOf(1),
      generation: 1,
      joined: true,
      request_id: 'req-4',
    },
  });
});

test('the end of a fill says whether it succeeded, why not, and for whom it was begun', async () => {
  const good = (await ofPool(fillStarted(1, 1), created)).at(-1);
  const bytes = complete(1).created.bytesDownloaded;
  expect(good?.data).toMatchObject({
    ...{ succeeded: true, error_code: null, reason: null, bytes_downloaded: bytes, filled_for: volumeOf(1) },
    ...{ host: cachePool, generation: 1, image_volume_id: imageVolumeOf(1), internal: true },
  });
  expect(good?.data).toMatchObject({ source: 'image-service', source_host: null });
  const bad = (await ofPool(fillStarted(1, 1), fillFailed)).at(-1);
  const { code, reason } = failed();
  expect(bad?.data).toMatchObject({ succeeded: false, error_code: code, reason, bytes_downloaded: null });
  expect(bad?.data).toMatchObject({ source: null, source_host: null });
});

test('a copy whose bytes another host sent is told with that host', async () => {
  const source = { kind: 'peer' as const, host: 'store-02', declined: [] };
  const fromPeer: ImageCacheEvent = { type: 'create', data: { ...complete(1).created, ...entry, source } };
  const notices = await ofPool(fillStarted(1, 1), fromPeer);
  const ofCopy = notices.filter(({ type }) => /^image_volume_cache\.(create|fill\.end)$/.test(type));
  expect(ofCopy).toHaveLength(2);
  for (const { data } of ofCopy) expect(data).toMatchObject({ source: 'peer', source_host: 'store-02' });
});

test('a corrupt copy is named with both digests', async () => {
  const [corrupt] = await ofPool(fillStarted(1, 1), created, verifyFailed);
  expect(corrupt).toMatchObject({
    subject: imageOf(1).id,
    data: {
      ...{ expected_digest: 'sha256-1m:ok', found_digest: 'sha256-1m:bad', generation: 1, image_id: imageOf(1).id },
      ...{ image_volume_id: imageVolumeOf(1), host: cachePool, size_gib: 2 },
    },
  });
});

describe('progress', () => {
  const progress = (patch: object = {}) =>
    fillProgressSchema.parse({
      ...{ pool: cachePool, generation: 1, volumeId: volumeOf(1), imageId: imageOf(1).id, phase: 'download' },
      ...{ bytesDone: 42, bytesTotal: 100, percent: 42, startedAt: occurredAt, at: occurredAt, ...patch },
    });
  const pool = { category: 'image-cache', id: cachePool } as const;
  const volume = { category: 'volume', id: volumeId } as const;
  const download = progress({ pool: examplePool, generation: null, volumeId });

  test('of a fill is told as of its image-volume', async () => {
    const known = new KnownFacts(new InMemoryEventStore(), 10);
    await tellAll(known, pool, [fillStarted(1, 1)]);
    const notice = await known.noticeOfProgress(progress());
    expect(notice).toMatchObject({
      type: 'image_volume_cache.fill.progress',
      subject: imageOf(1).id,
      data: {
        ...{ volume_id: imageVolumeOf(1), filled_for: volumeOf(1), internal: true, project_id: 'hearth-internal' },
        ...{ percent: 42, bytes_done: 42, bytes_total: 100, phase: 'download', generation: 1, host: cachePool },
      },
    });
    noticeSchemas['image_volume_cache.fill.progress'].strict().parse(notice?.data);
  });

  test('of a download is told as of its volume', async () => {
    const known = new KnownFacts(new InMemoryEventStore(), 10);
    await tellAll(known, volume, [...onPool, downloadStarted]);
    const notice = await known.noticeOfProgress(download);
    expect(notice).toMatchObject({
      type: 'volume.download.progress',
      subject: volumeId,
      data: { volume_id: volumeId, project_id: 'demo', internal: false, host: examplePool, percent: 42 },
    });
    noticeSchemas['volume.download.progress'].strict().parse(notice?.data);
  });

  test.each([
    ['a fill before its beginning', pool, [], progress()],
    ['a fill that has ended', pool, [fillStarted(1, 1), created], progress()],
    ['a fill that has failed', pool, [fillStarted(1, 1), fillFailed], progress()],
    ['another fill', pool, [fillStarted(1, 1)], progress({ generation: 2 })],
    ['a download before its beginning', volume, onPool, download],
    ['a download that has ended', volume, [...onPool, downloadStarted, provisioned()], download],
    ['a download that another pool is to repeat', volume, [...onPool, downloadStarted, rescheduled()], download],
  ] as const)('of %s is not told', async (_what, stream, events, reported) => {
    const known = new KnownFacts(new InMemoryEventStore(), 10);
    await tellAll(known, stream, events);
    expect(await known.noticeOfProgress(reported)).toBeUndefined();
  });

  test('of a fill that began before what was kept is told, and of a volume that is not in memory', async () => {
    const before = new KnownFacts(new InMemoryEventStore(), 10);
    await tellAll(before, pool, [fillStarted(1, 1)]);
    const store = new InMemoryEventStore();
    const commits = [...onPool, downloadStarted].map((event, at) => ({
      id: `c${at}`,
      recordedAt: occurredAt,
      events: [event],
    }));
    for (const [at, commit] of commits.entries()) await store.append(volume, at, commit);
    const after = new KnownFacts(store, 10, JSON.parse(JSON.stringify(before.savePools())));
    expect(await after.noticeOfProgress(progress())).toBeDefined();
    expect(await after.noticeOfProgress(download)).toMatchObject({ data: { project_id: 'demo' } });
  });
});

test('what the log no longer holds is null, and the notice still fits', async () => {
  const [, deletion] = await ofPool({ type: 'evict', data: { ...entry, reason: 'manual' } });
  expect(deletion?.data).toMatchObject({ project_id: null, user_id: null, volume_id: imageVolumeOf(1) });
  for (const { type, data } of await ofPool(created)) noticeSchemas[type].strict().parse(data);
});

test('an owner who is not in memory is read from the log', async () => {
  const store = new InMemoryEventStore();
  const stream = { category: 'volume', id: volumeId } as const;
  const commit = (id: string, event: VolumeEvent) => ({ id, recordedAt: occurredAt, events: [event] });
  await store.append(stream, 0, commit('a', requested()));
  await store.append(stream, 1, commit('b', placed()));
  const known = new KnownFacts(store, 10);
  const notices = await known.noticesOf({ ...commit('c', provisioned()), stream, sequence: 3 });
  expect(notices.flat()).toMatchObject([{ data: { project_id: 'demo', host: examplePool } }]);
});

test('the published schemas are those of the code (npm run generate writes them)', () => {
  const root = resolve(__dirname, '../../../..');
  for (const [file, text] of jsonSchemaFiles())
    expect(readFileSync(join(root, schemasFolder, file), 'utf8')).toBe(text);
});
