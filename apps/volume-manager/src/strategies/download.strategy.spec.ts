import { volumeDecider } from '@hearth/domain';
import { exampleDecision } from '@hearth/domain/testing';
import { runCommand } from '@hearth/event-sourcing';
import type { PoolRef } from '@hearth/kernel';
import { eventually } from '@hearth/testing';
import { FlakyDriver } from '../testing/flaky-driver';
import { TestHouse } from '../testing/test-house';

let house: TestHouse;
afterEach(() => house.close());

test('with the cache switched off every volume is downloaded', async () => {
  house = await TestHouse.open({ backends: { fast: { image_volume_cache_enabled: false } } });
  const image = house.images.add();
  for (const _ of [1, 2]) {
    expect(await house.create(image)).toMatchObject({
      status: 'provisioned',
      details: { bootable: true },
      decision: {
        outcome: 'bypass',
        strategy: 'download',
        reason: 'cache-disabled',
        bytesDownloaded: image.sizeBytes,
        cloneMethod: null,
        entry: null,
      },
    });
  }
  expect(house.images.downloads).toHaveLength(2);
  expect(await house.cacheEvents()).toEqual([]);
});

test('without an internal tenant the cache is misconfigured, aloud, and the volume is downloaded', async () => {
  house = await TestHouse.open({ backends: { fast: { cinder_internal_tenant_user_id: undefined } } });
  expect(await house.create(house.images.add())).toMatchObject({ decision: { reason: 'cache-misconfigured' } });
  expect(house.log.lines.filter(({ level }) => level === 'error')).toMatchObject([
    { fields: { backend: 'fast', reason: 'cinder_internal_tenant_user_id must be set' } },
  ]);
});

test('a download that begins is told, then its end, in two commits without a conflict', async () => {
  house = await TestHouse.open({ backends: { fast: { image_volume_cache_enabled: false } } });
  const id = await house.request(house.images.add());
  await house.pump.settle();
  expect((await house.volumeEvents(id)).map(({ type }) => type)).toEqual([
    'VolumeRequested',
    'VolumePlaced',
    'VolumeDownloadStarted',
    'VolumeProvisioned',
  ]);
});

test('an image that does not fit is refused before anything is written', async () => {
  house = await TestHouse.open({ backends: { fast: { image_volume_cache_enabled: false } } });
  expect(await house.create(house.images.add({ virtualGib: 1, headerGib: 3 }), 2)).toMatchObject({
    status: 'error',
    failure: { code: 'image.unacceptable', reason: expect.stringContaining('does not fit') },
  });
  expect(house.backend().objects.size).toBe(0);
});

test('P7: a download that fails goes to another pool while there are attempts, then ends in error with the reason', async () => {
  const off = { image_volume_cache_enabled: false };
  house = await TestHouse.open({ backends: { one: off, two: off, three: off, four: off } });
  house.images.fail('image.download_failed', 'image.download_failed', 'image.download_failed');
  const id = await house.request(house.images.add());
  await house.pump.settle();
  expect((await house.volumeEvents(id)).filter(({ type }) => type === 'VolumeRescheduled')).toHaveLength(2);
  expect(await house.volume(id)).toMatchObject({
    status: 'error',
    pool: house.pools[2],
    failure: { code: 'image.download_failed' },
  });
  const failed = (await house.volumeEvents(id)).at(-1);
  expect(failed).toMatchObject({ data: { decision: { outcome: 'bypass', reason: 'cache-disabled' } } });
});

test('a backend that fails to open the volume for writing is a failure of the backend', async () => {
  const flaky = new FlakyDriver();
  flaky.fail('openWriter', 'full');
  house = await TestHouse.open({
    backends: { fast: { image_volume_cache_enabled: false } },
    wrap: (_, driver) => flaky.wrap(driver),
  });
  const id = await house.request(house.images.add());
  await house.pump.settle();
  expect((await house.volumeEvents(id)).find(({ type }) => type === 'VolumeRescheduled')).toMatchObject({
    data: { failure: { code: 'backend.full' } },
  });
  expect(await house.volume(id)).toMatchObject({ failure: { code: 'backend.full' } });
});

test('P13: what another process under the name of this host has finished meanwhile is not replaced', async () => {
  house = await TestHouse.open({ backends: { fast: { image_volume_cache_enabled: false } } });
  const [pool] = house.pools as [PoolRef];
  const id = await house.request(house.images.add());
  house.images.hold();
  const settled = house.pump.settle();
  await eventually(async () => (await house.volumeEvents(id)).at(-1)?.type === 'VolumeDownloadStarted');
  const writer = await house
    .backend()
    .open()
    .openWriter({ pool: 'here', name: `volume-${id}` }, 1);
  await writer.write(0, Buffer.alloc(4_096, 'the other'));
  await writer.finish();
  await runCommand(
    house.environment,
    volumeDecider,
    { category: 'volume', id },
    { do: 'RecordProvisioned', pool, bootable: true, imageMetadata: {}, decision: exampleDecision },
  );
  house.images.release();
  await settled;
  expect(await house.volume(id)).toMatchObject({ status: 'provisioned' });
  expect(house.backend().objects.get(`volume-${id}`)).toMatchObject({ isWhole: true });
  expect(house.backend().read(`volume-${id}`, 0, 9).toString()).toBe('the other');
});
