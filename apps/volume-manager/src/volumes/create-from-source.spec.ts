import type { VolumeSourceFacts } from '@hearth/contracts';
import type { PoolRef, VolumeId } from '@hearth/kernel';
import { eventually } from '@hearth/testing';
import { randomUUID } from 'node:crypto';
import { FlakyDriver } from '../testing/flaky-driver';
import { TestHouse } from '../testing/test-house';
import { attach, snapshot, volumeWork } from '../testing/volume-work';

let house: TestHouse;
let flaky: FlakyDriver;
let pool: PoolRef;
const alive = new AbortController().signal;
const { tell, done, provisioned, made, madeOf, write, read } = volumeWork(() => house);

beforeEach(async () => {
  flaky = new FlakyDriver();
  house = await TestHouse.open({ wrap: (_, driver) => flaky.wrap(driver) });
  pool = house.pools[0]!;
});
afterEach(() => house.close());

describe('a volume made of', () => {
  test('another has its bytes, and what it handed on; it is one of its own', async () => {
    const source = await made();
    const id = await madeOf({ kind: 'volume', volumeId: source, pool }, 3);
    write(source, 'something else');
    expect(read(id)).toBe('what was there first');
    expect(await provisioned(id)).toMatchObject({
      details: { sizeGib: 3, bootable: true, imageMetadata: { image_name: 'an image' } },
    });
  });

  test('another that is in use is made by way of a snapshot, of which nothing stays', async () => {
    const source = await made();
    await done(source, attach(randomUUID()));
    const id = await madeOf({ kind: 'volume', volumeId: source, pool });
    expect(read(id)).toBe('what was there first');
    expect(flaky.calls).toContain('cloneSnapshot');
    expect(house.backend().snapshots.size).toBe(0);
  });

  test('another is whole before anybody may write to that', async () => {
    const [source, other] = [await made(), await made()];
    flaky.hold('clone');
    const copying = madeOf({ kind: 'volume', volumeId: source, pool });
    await eventually(() => flaky.calls.includes('clone'));
    const attachmentId = randomUUID();
    await tell(source, attach(attachmentId));
    const connecting = house.manager.react({ kind: 'volume', id: source }, alive);
    // As long as it takes to connect another.
    await tell(other, attach(randomUUID()));
    await house.manager.react({ kind: 'volume', id: other }, alive);
    expect(flaky.calls.filter((call) => call === 'connect')).toHaveLength(1);
    flaky.release('clone');
    await connecting;
    expect(read(await copying)).toBe('what was there first');
    expect((await provisioned(source)).attachments.get(attachmentId)).toMatchObject({ status: 'connected' });
  });

  test('a snapshot has the bytes of then', async () => {
    const source = await made();
    const snapshotId = randomUUID();
    await done(source, snapshot(snapshotId));
    write(source, 'something else');
    const id = await madeOf({ kind: 'snapshot', snapshotId, volumeId: source, pool }, 4);
    expect(read(id)).toBe('what was there first');
    expect(house.backend().objects.get(`volume-${id}`)).toMatchObject({ sizeGib: 4 });
  });

  test('something of the backend is that, with its size', async () => {
    house.backend().plant('a-stranger', Buffer.from('theirs'), 5 * 2 ** 30);
    const id = await madeOf({ kind: 'existing', sourceName: 'a-stranger', pool }, 1);
    expect(read(id)).toBe('theirs');
    expect(await provisioned(id)).toMatchObject({ details: { sizeGib: 5 } });
    expect(house.backend().strangers.size).toBe(0);
  });

  test.each<[string, () => VolumeSourceFacts]>([
    ['volume', () => ({ kind: 'volume', volumeId: randomUUID() as VolumeId, pool })],
    ['snapshot', () => ({ kind: 'snapshot', snapshotId: randomUUID(), volumeId: randomUUID() as VolumeId, pool })],
    ['existing', () => ({ kind: 'existing', sourceName: 'nothing', pool })],
  ])('a %s that is not there is in error, and no other pool is tried', async (_, source) => {
    const id = await madeOf(source());
    expect(await house.volume(id)).toMatchObject({ status: 'error', failure: { code: 'source.not_found' } });
    expect(house.backend().objects.size).toBe(0);
  });

  test('something that cannot be taken over leaves it alone', async () => {
    house.backend().plant('a-stranger', Buffer.from('theirs'), 5 * 2 ** 30);
    flaky.fail('adopt', 'failed');
    const id = await madeOf({ kind: 'existing', sourceName: 'a-stranger', pool }, 1);
    expect(await house.volume(id)).toMatchObject({ status: 'error' });
    expect(house.backend().strangers.size).toBe(1);
    expect(flaky.calls).not.toContain('remove');
  });
});
