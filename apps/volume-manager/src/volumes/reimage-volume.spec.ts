import type { DriverErrorCode } from '@hearth/driver-api';
import type { PoolRef } from '@hearth/kernel';
import { randomUUID } from 'node:crypto';
import { FlakyDriver } from '../testing/flaky-driver';
import { TestHouse } from '../testing/test-house';
import { snapshot, volumeWork } from '../testing/volume-work';

let house: TestHouse;
let flaky: FlakyDriver;
let pool: PoolRef;
const { tell, done, made, madeOf, read, failureIn } = volumeWork(() => house);

beforeEach(async () => {
  flaky = new FlakyDriver();
  house = await TestHouse.open({ wrap: (_, driver) => flaky.wrap(driver) });
  pool = house.pools[0]!;
});
afterEach(() => house.close());

describe('a reimage', () => {
  test('by the cache gives the volume the image’s bytes, counts as one use, and its decision is recorded', async () => {
    const id = await made(3);
    const image = house.images.add();
    const volume = await done(id, { do: 'Reimage', image, reserved: false });
    expect(volume).toMatchObject({ label: 'available', decision: { outcome: 'miss' }, details: { bootable: true } });
    expect(volume.details.imageMetadata).toMatchObject({ image_id: image.id });
    expect(house.bytesOf(id, image.sizeBytes)).toEqual(house.images.bytesOf(image.id));
    expect(house.backend().objects.get(`volume-${id}`)).toMatchObject({ sizeGib: 3 });
    expect(await done(id, { do: 'Reimage', image, reserved: false })).toMatchObject({ decision: { outcome: 'hit' } });
    expect(await house.cacheCounts()).toMatchObject({ miss: 1, hit: 1 });
    expect((await house.cache()).claims.size).toBe(0);
  });

  test('P8: leaves its one use, and so does the one that is asked for before anybody has settled it', async () => {
    const id = await made(2);
    const image = house.images.add();
    await house.create(image);
    const { append } = house.store;
    let hasDied = false;
    house.store.append = async (stream, expected, commit) => {
      if (hasDied && stream.category === 'image-cache') throw new Error('the process has died');
      hasDied ||= commit.events.some(({ type }) => type === 'VolumeReimaged');
      return append.call(house.store, stream, expected, commit);
    };
    const alive = new AbortController().signal;
    await tell(id, { do: 'Reimage', image, reserved: false });
    await expect(house.manager.react({ kind: 'volume', id }, alive)).rejects.toThrow('the process has died');
    await tell(id, { do: 'Reimage', image, reserved: false });
    house.store.append = append;
    await house.pump.settle();
    expect(await house.cacheCounts()).toMatchObject({ miss: 1, hit: 2, leased: 3 });
    expect((await house.cache()).claims.size).toBe(0);
  });

  test('of a volume with snapshots leaves those as they are', async () => {
    const id = await made(2);
    const snapshotId = randomUUID();
    await done(id, snapshot(snapshotId));
    const image = house.images.add();
    expect(await done(id, { do: 'Reimage', image, reserved: false })).toMatchObject({
      decision: { outcome: 'bypass', strategy: 'download', reason: 'volume-has-snapshots' },
    });
    // No copy was made that could not be cloned, and no clone has failed.
    expect(house.images.downloads).toEqual([image.id]);
    expect(await house.cacheEvents()).not.toContainEqual(expect.objectContaining({ type: 'fill-started' }));
    expect(flaky.calls).not.toContain('clone');
    expect(house.bytesOf(id, image.sizeBytes)).toEqual(house.images.bytesOf(image.id));
    const copy = await madeOf({ kind: 'snapshot', snapshotId, volumeId: id, pool });
    expect(read(copy)).toBe('what was there first');
  });

  test.each<[string, DriverErrorCode]>([
    ['volume-has-dependants', 'has-dependants'],
    ['volume-in-the-way', 'busy'],
  ])('of a volume whose bytes the backend does not let go of is no failed clone: %s', async (reason, code) => {
    const id = await made(2);
    const image = house.images.add();
    await house.create(image);
    flaky.fail('remove', code);
    expect(await done(id, { do: 'Reimage', image, reserved: false })).toMatchObject({
      decision: { outcome: 'bypass', strategy: 'download', reason },
    });
    expect(house.bytesOf(id, image.sizeBytes)).toEqual(house.images.bytesOf(image.id));
    expect(house.log.lines.map(({ message }) => message)).not.toContain('a cached image could not be cloned');
    expect((await house.cache()).claims.size).toBe(0);
  });

  test('that fails leaves the volume in error, and nothing claimed', async () => {
    const id = await made(2);
    house.images.fail('image.unacceptable');
    const image = house.images.add();
    expect(await done(id, { do: 'Reimage', image, reserved: false })).toMatchObject({ label: 'error' });
    expect(await failureIn(id, 'VolumeReimageFailed')).toMatchObject({ code: 'image.unacceptable' });
    expect((await house.cache()).claims.size).toBe(0);
  });
});
