import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type ImageCacheEvent, type VolumeEvent } from '@hearth/contracts';
import {
  cachePool,
  complete,
  exampleImage,
  examplePool,
  failed,
  fillStarted,
  generationOf,
  imageOf,
  imageVolumeOf,
  placed,
  provisioned,
  requested,
  volumeOf,
} from '@hearth/domain/testing';
import { InMemoryEventStore } from '@hearth/event-sourcing';
import { KnownFacts } from '../facts/known-facts';
import { noticeSchemas } from './catalogue';
import { jsonSchemaFiles, schemasFolder } from './json-schemas';
import {
  occurredAt,
  bypassed,
  use,
  entry,
  ofVolume,
  ofPool,
  onPool,
  provisionedBy,
  created,
  fillFailed,
  verifyFailed,
  volumeId,
} from '../testing/told';

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
  const notices = await known.noticesOf({ ...commit('c', provisioned()), stream, sequence: 3, storedAt: occurredAt });
  expect(notices.flat()).toMatchObject([{ data: { project_id: 'demo', host: examplePool } }]);
});

test('the published schemas are those of the code (npm run generate writes them)', () => {
  const root = resolve(__dirname, '../../../..');
  for (const [file, text] of jsonSchemaFiles())
    expect(readFileSync(join(root, schemasFolder, file), 'utf8')).toBe(text);
});
