import type { VolumeId } from '@hearth/kernel';
import { eventually } from '@hearth/testing';
import { TestHouse } from '../testing/test-house';

let house: TestHouse;
beforeEach(async () => {
  house = await TestHouse.open({ backends: { fast: { image_hashes_trusted: true } } });
});
afterEach(() => house.close());

/** Two images of the same bytes; a create of the first fills, and one of the other has joined it. */
async function joined(first = {}) {
  const image = house.images.add(first);
  const twin = house.images.add({ ...first, osHashValue: image.osHashValue, sizeBytes: image.sizeBytes });
  house.images.hold();
  const filler = await house.request(image, 1);
  await house.pump.deliver();
  await house.pump.deliver();
  await eventually(() => house.images.underWay === 1);
  const joiner = await house.request(twin, 5);
  await house.pump.deliver();
  await house.pump.deliver();
  await eventually(async () => (await house.cacheCounts()).joined === 1);
  return { image, twin, filler, joiner };
}
const ends = async (...ids: VolumeId[]) =>
  Promise.all(ids.map(async (id) => (await house.volume(id)) as { status: string; failure?: { code: string } }));

test('P13: an image that is deleted while it is copied fails no create of another image of the same bytes', async () => {
  const { image, filler, joiner } = await joined();
  house.images.fail('image.not_found');
  house.images.statuses.set(image.id, 'deleted');
  house.images.release();
  await house.pump.settle();
  expect(await ends(filler, joiner)).toMatchObject([
    { status: 'error', failure: { code: 'image.not_found' } },
    { status: 'provisioned' },
  ]);
});

test('a packed image that is too large for the first volume is copied for one that is large enough', async () => {
  const { filler, joiner } = await joined({ containerFormat: 'compressed', virtualSizeBytes: null });
  house.images.fail('image.too_big');
  house.images.release();
  await house.pump.settle();
  expect(await ends(filler, joiner)).toMatchObject([
    { status: 'error', failure: { code: 'image.too_big' } },
    { status: 'provisioned' },
  ]);
});
