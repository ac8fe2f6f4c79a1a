import type { ImageIdentity } from '@hearth/contracts';
import type { Volume } from '@hearth/domain';
import { exampleRequest } from '@hearth/domain/testing';
import type { UserId, VolumeId } from '@hearth/kernel';
import { FlakyDriver } from '../testing/flaky-driver';
import { TestHouse } from '../testing/test-house';
import { upload, volumeWork } from '../testing/volume-work';

let house: TestHouse;
let flaky: FlakyDriver;
const { tell, done, provisioned, made, read, eventsOf } = volumeWork(() => house);

beforeEach(async () => {
  flaky = new FlakyDriver();
  house = await TestHouse.open({ wrap: (_, driver) => flaky.wrap(driver) });
});
afterEach(() => house.close());

describe('an upload by the image’s place', () => {
  const place = { image_upload_use_cinder_backend: true };
  async function opened(options: Parameters<typeof TestHouse.open>[0] = {}): Promise<void> {
    await house.close();
    house = await TestHouse.open({ backends: { fast: place }, wrap: (_, driver) => flaky.wrap(driver), ...options });
    house.uploads.allowsLocations = true;
  }
  const cloneOf = (imageId: string) =>
    house.uploads.locationsByImage.get(imageId)!.replace('cinder://', '') as VolumeId;

  test('sends nothing: a clone of the volume is where the image is, and the next create is served all the same', async () => {
    await opened();
    const id = await made(2);
    const { id: imageId } = house.uploads.queue();
    await done(id, upload({ imageId, imageOwner: 'owner' }));
    expect(await eventsOf(id, 'VolumeUploaded')).toMatchObject([{ data: { method: 'location', bytesUploaded: 0 } }]);
    expect(house.uploads.puts).toEqual([]);
    const clone = cloneOf(imageId);
    expect(await provisioned(clone)).toMatchObject({
      label: 'available',
      details: {
        ...{ name: `image-${imageId}`, readOnly: true, sizeGib: 2, projectId: exampleRequest.projectId },
        metadata: { image_owner: 'owner', glance_image_id: imageId },
      },
    });
    expect(read(clone)).toBe('what was there first');
    const { identity } = await house.uploads.show(imageId);
    expect(await house.create(identity)).toMatchObject({ decision: { outcome: 'hit' } });
  });

  test('makes a clone of the internal tenant where that is configured', async () => {
    await opened({ backends: { fast: { ...place, image_upload_use_internal_tenant: true } } });
    const id = await made(2);
    const { id: imageId } = house.uploads.queue();
    await done(id, upload({ imageId }));
    expect(await provisioned(cloneOf(imageId))).toMatchObject({ details: { projectId: 'internal', userId: 'hearth' } });
  });

  test('that the image service does not allow is an upload of bytes, and the clone goes', async () => {
    await opened();
    house.uploads.allowsLocations = false;
    const id = await made(2);
    const { id: imageId } = house.uploads.queue();
    await done(id, upload({ imageId }));
    expect(await eventsOf(id, 'VolumeUploaded')).toMatchObject([{ data: { method: 'upload' } }]);
    const kept = [...house.backend().objects.keys()];
    const [entry] = (await house.cache()).entries.values();
    expect(kept.sort()).toEqual([`volume-${id}`, `volume-${entry!.imageVolumeId}`].sort());
  });

  test('of another format than raw is an upload of bytes', async () => {
    await opened();
    const id = await made(2);
    const { id: imageId } = house.uploads.queue();
    await done(id, upload({ imageId, diskFormat: 'qcow2' }));
    expect(house.uploads.puts).toEqual([imageId]);
    expect(house.uploads.locationsByImage.size).toBe(0);
  });

  describe('J.3: serves creates on the same pool by a clone', () => {
    async function image(patch: Partial<ImageIdentity> = {}): Promise<ImageIdentity> {
      await opened({ usesLocations: true });
      const id = await made(2);
      const { id: imageId } = house.uploads.queue();
      await done(id, upload({ imageId, imageOwner: 'somebody' }));
      const { identity } = await house.uploads.show(imageId);
      return { ...identity, owner: 'somebody', ...patch };
    }

    test('of its volume', async () => {
      const known = await image();
      const volume = await house.create(known, 3);
      expect(volume).toMatchObject({
        decision: { outcome: 'bypass', strategy: 'image-volume-clone', reason: 'image-is-a-volume', declined: [] },
      });
      if (volume.status === 'provisioned') expect(read(volume.request.volumeId)).toBe('what was there first');
      expect(house.backend().objects.size).toBe(4);
    });

    test.each<[string, Partial<ImageIdentity>]>([
      ['image-of-another-owner', { owner: 'a stranger' }],
      ['image-of-another-owner', { owner: null }],
      ['image-not-raw', { diskFormat: 'qcow2' }],
      ['image-not-raw', { containerFormat: 'compressed' }],
      ['signature-unverified', { properties: { img_signature: 'c2lnbmVk' } }],
    ])('unless, %s: then it is served another way', async (reason, patch) => {
      const asked = await image(patch);
      const known = house.images.add(asked);
      const volume = await house.create(known, 3);
      const declined = [{ strategy: 'image-volume-clone', reason }];
      expect(volume).toMatchObject({ decision: { strategy: 'cache', declined } });
    });

    test('unless its volume cannot be cloned, has gone, or is larger', async () => {
      const asked = await image();
      const known = house.images.add(asked);
      const reasonOf = (volume: Volume) =>
        volume.status === 'provisioned' && volume.decision?.declined.map(({ reason }) => reason)[0];
      flaky.fail('clone', 'failed');
      expect(reasonOf(await house.create(known, 3))).toBe('clone-failed');
      expect(reasonOf(await house.create(known, 1))).toBe('does-not-fit');
      const clone = cloneOf(known.id);
      await tell(clone, { do: 'DeleteVolume', userId: 'alice' as UserId });
      await house.pump.settle();
      expect(reasonOf(await house.create(known, 3))).toBe('image-volume-gone');
    });
  });
});
