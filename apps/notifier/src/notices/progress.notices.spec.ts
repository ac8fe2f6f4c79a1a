import { fillProgressSchema } from '@hearth/contracts';
import {
  cachePool,
  examplePool,
  fillStarted,
  imageOf,
  imageVolumeOf,
  provisioned,
  rescheduled,
  volumeOf,
} from '@hearth/domain/testing';
import { InMemoryEventStore } from '@hearth/event-sourcing';
import { KnownFacts } from '../facts/known-facts';
import { noticeSchemas } from './catalogue';
import { occurredAt, tellAll, onPool, created, fillFailed, downloadStarted, volumeId } from '../testing/told';

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
