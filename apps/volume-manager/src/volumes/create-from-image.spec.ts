import type { SignatureState } from '@hearth/contracts';
import type { VolumeId } from '@hearth/kernel';
import { eventually } from '@hearth/testing';
import { TestHouse } from '../testing/test-house';

let house: TestHouse;
afterEach(() => house.close());

/** What a volume's image metadata says of the signature; `undefined` when it says nothing. */
async function stampOf(id: VolumeId): Promise<string | undefined> {
  const events = await house.volumeEvents(id);
  const made = events.find((event) => event.type === 'VolumeProvisioned');
  if (!made) throw new Error(`the volume was not made: ${JSON.stringify(events.at(-1))}`);
  return made.data.imageMetadata?.['signature_verified'];
}

const stamps: [state: SignatureState, stamp: string | undefined][] = [
  ['verified', 'True'],
  ['absent', 'False'],
  ['unchecked', undefined],
];

describe.each(stamps)('J.g: where the signature of an image is found %s', (state, stamp) => {
  test(`the volume that it is downloaded for, those that wait for it and those cloned later say ${stamp ?? 'nothing'}`, async () => {
    house = await TestHouse.open();
    house.images.signature = state;
    const image = house.images.add();
    house.images.hold();
    const ids = [await house.request(image), await house.request(image)];
    await house.pump.deliver();
    await house.pump.deliver();
    await eventually(async () => (await house.cache()).claims.size === 2);
    house.images.release();
    await house.pump.settle();
    // What a later fill would find is not asked.
    house.images.signature = state === 'verified' ? 'absent' : 'verified';
    ids.push(await house.request(image));
    await house.pump.settle();
    expect(house.images.downloads).toHaveLength(1);
    expect(await house.cacheCounts()).toMatchObject({ miss: 1, joined: 1, hit: 2 });
    for (const id of ids) expect(await stampOf(id)).toBe(stamp);
  });

  test(`a volume without a cache says ${stamp ?? 'nothing'}`, async () => {
    house = await TestHouse.open({ backends: { fast: { image_volume_cache_enabled: false } } });
    house.images.signature = state;
    const id = await house.request(house.images.add());
    await house.pump.settle();
    expect(await stampOf(id)).toBe(stamp);
  });
});
