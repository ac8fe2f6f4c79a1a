import type { FailureCode } from '@hearth/contracts';
import { eventually } from '@hearth/testing';
import { TestHouse } from '../testing/test-house';

let house: TestHouse;
beforeEach(async () => (house = await TestHouse.open()));
afterEach(() => house.close());

/** So many creates of one image, all of which have claimed it before its bytes begin to flow. */
async function manyAtOnce(count: number, ...failures: (FailureCode | Error)[]) {
  const image = house.images.add();
  house.images.fail(...failures);
  house.images.hold();
  const ids = await Promise.all(Array.from({ length: count }, () => house.request(image)));
  await house.pump.deliver();
  await house.pump.deliver();
  await eventually(async () => (await house.cache()).claims.size === count);
  house.images.release();
  await house.pump.settle();
  return { image, volumes: await Promise.all(ids.map((id) => house.volume(id))) };
}

test('a transient failure hands the fill on: everybody is served by the next attempt', async () => {
  const { volumes } = await manyAtOnce(5, 'image.download_failed');
  expect(volumes.map(({ status }) => status)).toEqual(Array(5).fill('provisioned'));
  expect(house.images.downloads).toHaveLength(2);
  const counts = await house.cacheCounts();
  expect(counts).toMatchObject({ 'fill-started': 2, 'fill-failed': 1, create: 1, reaped: 1 });
  expect((counts.hit ?? 0) + (counts.miss ?? 0)).toBe(5);
  expect(house.backend().objects.size).toBe(6);
});

test('after three attempts everybody fails with the reason of the last one', async () => {
  const { volumes } = await manyAtOnce(4, 'image.download_failed', 'image.copy_failed', 'image.connection_failed');
  expect(house.images.downloads).toHaveLength(3);
  for (const volume of volumes) expect(volume).toMatchObject({ status: 'error' });
  expect((await house.cache()).claims.size).toBe(0);
  expect(house.backend().objects.size).toBe(0);
});

test('a permanent failure fails all who joined, with its reason, after one attempt', async () => {
  const { volumes } = await manyAtOnce(4, 'image.hash_mismatch');
  expect(house.images.downloads).toHaveLength(1);
  for (const volume of volumes) expect(volume).toMatchObject({ status: 'error' });
  expect(await house.cacheCounts()).not.toHaveProperty('hit');
  expect(house.backend().objects.size).toBe(0);
});

test('an unacceptable image ends the create here: no other pool could do better', async () => {
  const { volumes } = await manyAtOnce(3, 'image.unacceptable');
  for (const volume of volumes) {
    expect(volume).toMatchObject({
      status: 'error',
      failure: { code: 'image.unacceptable', reason: 'the test wants image.unacceptable' },
    });
  }
  expect(await house.cacheCounts()).toMatchObject({ miss: 1 });
});

test('P7: an error that nobody foresaw is tried three times and then fails the create with what is known', async () => {
  const { volumes } = await manyAtOnce(2, new TypeError('one'), new TypeError('two'), new TypeError('three'));
  for (const volume of volumes) {
    expect(volume).toMatchObject({
      status: 'error',
      failure: { code: 'image.copy_failed', detail: 'TypeError: three' },
    });
  }
});

test('a later create begins anew after a failure that was final', async () => {
  const { image } = await manyAtOnce(2, 'image.unacceptable');
  expect(await house.create(image)).toMatchObject({ status: 'provisioned', decision: { outcome: 'miss' } });
});

test('P14: whatever a failed fill had written is gone after the chores', async () => {
  await manyAtOnce(3, 'image.download_failed', 'image.unacceptable');
  expect([...house.backend().objects.keys()]).toEqual([]);
  expect((await house.cache()).entries.size).toBe(0);
});

test('an operator finds the image, the generation, the code and the cause of a failed fill in the log', async () => {
  const { image } = await manyAtOnce(1, 'image.hash_mismatch');
  const line = house.log.lines.find(({ message }) => message === 'a fill failed');
  expect(line).toMatchObject({
    level: 'error',
    fields: { imageId: image.id, generation: 1, code: 'image.hash_mismatch', pool: house.pools[0] },
  });
  expect(line?.fields['error']).toBeInstanceOf(Error);
});
