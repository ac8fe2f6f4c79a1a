import type { ImageIdentity } from '@hearth/contracts';
import { DriverError, type ImageUnfit, type OpenImage, type PlaceOfImage } from '@hearth/driver-api';
import { ImageServiceError } from '@hearth/openstack-clients';
import { FillError } from '../fill/fill-error';
import type { WrittenImage } from '../fill/write-image';
import type { AbleDriver } from '../testing/able-driver';
import { TestHouse } from '../testing/test-house';
import type { TestHouseOptions } from '../testing/test-house.options';

let house: TestHouse;
afterEach(() => house.close());

/** Files of the image service's beside the backend, as a driver has them that can share them. */
class Beside {
  readonly files = new Map<string, { bytes: Buffer; sizeBytes: number; version: string }>();
  readonly opened: PlaceOfImage[] = [];
  open = 0;
  unfit: ImageUnfit | undefined;
  failure: DriverError | undefined;

  readonly wrap = (name: string, driver: AbleDriver) =>
    Object.assign(driver, {
      openImage: async (place: PlaceOfImage): Promise<OpenImage | { readonly unfit: ImageUnfit }> => {
        this.opened.push(place);
        if (this.failure) throw this.failure;
        const file = this.files.get(place.url);
        if (!file || this.unfit) return { unfit: this.unfit ?? 'place-not-found' };
        this.open += 1;
        return {
          sizeBytes: file.sizeBytes,
          version: file.version,
          read: async (offset, target) => void file.bytes.copy(target, 0, offset),
          cloneTo: async (target, sizeGib) => {
            const writer = await driver.openWriter(target, sizeGib);
            await writer.write(0, file.bytes);
            await writer.finish();
            return { cloneMethod: `${name}-share` };
          },
          close: async () => void (this.open -= 1),
        };
      },
    });
}

const written = { digest: 'sha512:0', verifiedBy: 'os_hash', signature: 'verified' } as WrittenImage;
const raw = { diskFormat: 'raw', containerFormat: 'bare' } as const;

async function open(options: TestHouseOptions = {}, patch: Partial<ImageIdentity> = {}) {
  const beside = new Beside();
  const looks: string[] = [];
  house = await TestHouse.open({
    ...{ usesLocations: true, directUrlSchemes: ['file', 'cinder'], wrap: beside.wrap },
    verifyImageAt: async ({ image }) => (looks.push(image.id), written),
    ...options,
  });
  const image = house.images.add({ ...raw, ...patch });
  const url = `file:///images/${image.id}`;
  house.uploads.locationsByImage.set(image.id, url);
  const bytes = house.images.bytesOf(image.id);
  beside.files.set(url, { bytes, sizeBytes: bytes.length, version: '1' });
  return { beside, image, looks };
}

const decision = async (...of: Parameters<TestHouse['create']>) => {
  const volume = await house.create(...of);
  if (volume.status !== 'provisioned') throw new Error(`the volume is ${JSON.stringify(volume)}`);
  return volume;
};
const declinedBy = async (image: ImageIdentity, sizeGib?: number) => {
  const volume = await decision(image, sizeGib);
  return volume.decision?.declined.find(({ strategy }) => strategy === 'driver-clone')?.reason;
};

test('J.3: it comes first: the volume is the image, no byte is moved, and the cache is not asked', async () => {
  const { beside, image, looks } = await open();
  const volume = await decision(image, 5);
  expect(volume.decision).toMatchObject({
    ...{ outcome: 'bypass', strategy: 'driver-clone', reason: 'image-is-a-file', declined: [], entry: null },
    ...{ cloneMethod: 'fast-share', bytesDownloaded: 0, bytesWritten: 0, digest: 'sha512:0' },
    durationsMs: { verify: expect.any(Number), clone: expect.any(Number) },
  });
  const { volumeId } = volume.request;
  expect((await house.volumeEvents(volumeId)).find(({ type }) => type === 'VolumeProvisioned')).toMatchObject({
    data: { bootable: true, imageMetadata: { image_id: image.id, signature_verified: 'True' } },
  });
  expect(house.bytesOf(volumeId, image.sizeBytes)).toEqual(house.images.bytesOf(image.id));
  expect(await house.cacheEvents()).toEqual([]);
  expect([looks, beside.open, house.images.downloads]).toEqual([[image.id], 0, []]);
});

test('where the scheme is not admitted it is not asked', async () => {
  const { beside, image } = await open({ directUrlSchemes: ['cinder'] });
  expect((await decision(image)).decision).toMatchObject({ strategy: 'cache', outcome: 'miss' });
  expect(beside.opened).toEqual([]);
});

test.each<[string, Partial<ImageIdentity>, string]>([
  ['is in a format', { diskFormat: 'qcow2' }, 'image-not-raw'],
  ['is in a container', { containerFormat: 'ova' }, 'image-not-raw'],
  ['has no hash, so that nobody could tell its bytes', { osHashValue: null, checksum: null }, 'image-without-hash'],
])('an image that %s is taken another way', async (_, patch, reason) => {
  const { image } = await open({}, patch);
  expect(await declinedBy(image)).toBe(reason);
});

test('I.20: an image whose places are not told is taken another way, and the decision says why', async () => {
  const { image } = await open();
  house.uploads.locationsByImage.clear();
  expect(await declinedBy(image)).toBe('no-place-disclosed');
});

test.each<[ImageUnfit]>([['place-not-allowed'], ['elsewhere'], ['cannot-share'], ['not-a-file']])(
  'what the driver says of the place is the reason: %s',
  async (unfit) => {
    const { beside, image } = await open();
    beside.unfit = unfit;
    expect(await declinedBy(image)).toBe(unfit);
  },
);

test('a file of another size than the image has is not the image', async () => {
  const { beside, image, looks } = await open();
  beside.files.get(`file:///images/${image.id}`)!.sizeBytes += 1;
  expect(await declinedBy(image)).toBe('size-differs');
  expect([looks, beside.open]).toEqual([[], 0]);
});

test('OSSN-0090: bytes that are not the image’s are not used, which is told aloud', async () => {
  const failure = { code: 'image.hash_mismatch', reason: 'other bytes' } as const;
  const { beside, image } = await open({ verifyImageAt: () => Promise.reject(new FillError(failure)) });
  expect(await declinedBy(image)).toBe('image-hash-mismatch');
  expect(beside.open).toBe(0);
  expect(house.log.lines.filter(({ level }) => level === 'error')).toMatchObject([{ fields: { imageId: image.id } }]);
});

test('an image that is not active now is taken from nowhere', async () => {
  const { beside, image } = await open();
  house.images.statuses.set(image.id, 'deactivated');
  expect(await house.create(image)).toMatchObject({ status: 'error', failure: { code: 'image.not_found' } });
  expect([beside.opened, house.images.downloads]).toEqual([[], []]);
});

test('an image that is another by now, or cannot be asked after, is not taken from where it lies', async () => {
  const { beside, image } = await open();
  expect(await declinedBy({ ...image, osHashValue: 'abc' })).toBe('image-changed');
  await decision(image);
  beside.opened.length = 0;
  house.images.statuses.set(image.id, new ImageServiceError('away', 'nobody answers'));
  await house.create(image);
  expect(beside.opened).toEqual([]);
});

test('a driver that fails is no end of the create', async () => {
  const { beside, image } = await open();
  beside.failure = new DriverError('unavailable', 'the server does not answer');
  expect(await declinedBy(image)).toBe('clone-failed');
});

test('a driver that cannot is asked nothing', async () => {
  const { image } = await open({ wrap: (_, driver) => driver });
  expect(await declinedBy(image)).toBe('driver-cannot-clone-images');
});
