import type { Volume } from '@hearth/domain';
import type { VolumeId } from '@hearth/kernel';
import { eventually } from '@hearth/testing';
import { TestHouse } from '../testing/test-house';
import { upload, volumeWork } from '../testing/volume-work';

let house: TestHouse;
beforeEach(async () => {
  house = await TestHouse.open();
});
afterEach(() => house.close());

const { tell, made, entries } = volumeWork(() => house);
async function beginUpload(id: VolumeId): Promise<string> {
  const { id: imageId } = house.uploads.queue();
  await tell(id, upload({ imageId }));
  return imageId;
}
const reset = (id: VolumeId) => tell(id, { do: 'ResetStatus', status: 'available' });
async function expectNothingLeft(id: VolumeId): Promise<void> {
  expect(await house.volume(id)).toMatchObject<Partial<Volume>>({ status: 'provisioned' });
  expect(await entries()).toEqual([]);
  expect([...house.backend().objects.keys()]).toEqual([`volume-${id}`]);
}

describe('an upload that is no longer owed takes its entry with it', () => {
  test('when it ends by something that nobody foresaw', async () => {
    const id = await made();
    house.uploads.put = async () => {
      await reset(id);
      throw new Error('nobody foresaw this');
    };
    await beginUpload(id);
    await house.pump.settle();
    await expectNothingLeft(id);
  });

  test('when neither its end nor that of its entry can be stored', async () => {
    const id = await made();
    const { append } = house.store;
    let isBroken = false;
    house.store.append = async (stream, ...commit) => {
      if (isBroken && stream.category === 'image-cache') throw new Error('nobody foresaw this');
      return append.call(house.store, stream, ...commit);
    };
    house.uploads.put = async () => {
      await reset(id);
      isBroken = true;
      throw new Error('nobody foresaw this either');
    };
    await beginUpload(id);
    await house.pump.deliver();
    await house.pump.idle();
    expect(await entries()).toMatchObject([{ status: 'filling' }]);
    isBroken = false;
    await house.pump.settle();
    await expectNothingLeft(id);
  });
});

test('an upload that runs keeps its entry, however often the pool is looked after', async () => {
  const id = await made();
  house.uploads.hold();
  const imageId = await beginUpload(id);
  await house.pump.deliver();
  await eventually(() => house.uploads.underWay === 1);
  const alive = new AbortController().signal;
  await house.manager.react({ kind: 'pool', id: house.pools[0]! }, alive);
  expect(await entries()).toMatchObject([{ status: 'filling', content: `upload:${imageId}` }]);
  house.uploads.release();
  await house.pump.settle();
  expect(await entries()).toMatchObject([{ status: 'ready', imageId }]);
});
