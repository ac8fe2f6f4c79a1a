import { type Volume, type VolumeCommand, volumeDecider } from '@hearth/domain';
import { exampleRequest } from '@hearth/domain/testing';
import type { ImageIdentity } from '@hearth/contracts';
import { runCommand, wasRefused } from '@hearth/event-sourcing';
import type { ProjectId, UserId, VolumeId } from '@hearth/kernel';
import { ImageUploadError } from '@hearth/openstack-clients';
import { randomUUID } from 'node:crypto';
import type { AbleDriver } from '../testing/able-driver';
import { FlakyDriver } from '../testing/flaky-driver';
import type { UploadShelf } from '../testing/upload-shelf';
import { TestHouse } from '../testing/test-house';
import type { TestHouseOptions } from '../testing/test-house.options';
import { imageVolumeId } from './upload-as-location';

const place = { image_upload_use_cinder_backend: true };
const stranger = 'a stranger' as ProjectId;
const alive = new AbortController().signal;

let house: TestHouse;
let flaky: FlakyDriver;

async function opened(options: TestHouseOptions = {}): Promise<void> {
  await house?.close();
  flaky = new FlakyDriver();
  house = await TestHouse.open({ backends: { fast: place }, wrap: (_, driver) => flaky.wrap(driver), ...options });
  house.uploads.allowsLocations = true;
}
beforeEach(() => opened());
afterEach(() => house.close());

async function tell(id: VolumeId, command: VolumeCommand): Promise<void> {
  const answer = await runCommand(house.environment, volumeDecider, { category: 'volume', id }, command);
  if (wasRefused(answer)) throw new Error(`refused: ${answer.refused}`);
}
type Provisioned = Extract<Volume, { status: 'provisioned' }>;
async function provisioned(id: VolumeId): Promise<Provisioned> {
  const volume = await house.volume(id);
  if (volume.status !== 'provisioned') throw new Error(`the volume is ${JSON.stringify(volume)}`);
  return volume;
}
async function made(text = 'what the volume has'): Promise<VolumeId> {
  const id = await house.request(null, 2);
  await house.pump.settle();
  write(id, text);
  return id;
}
function write(id: VolumeId, text: string): void {
  const page = Buffer.alloc(64 * 1024);
  page.write(text);
  house.backend().objects.get(`volume-${id}`)!.pages.set(0, page);
}
const read = (id: VolumeId) => house.bytesOf(id, 100).toString('utf8').replace(/\0+$/, '');
async function uploaded(id: VolumeId, { imageId = house.uploads.queue().id, force = false } = {}): Promise<string> {
  const facts = { imageName: 'an image', diskFormat: 'raw', containerFormat: 'bare', visibility: 'private' };
  await tell(id, { do: 'Upload', force, upload: { imageId, imageOwner: 'somebody', ...facts } });
  await house.pump.settle();
  return imageId;
}
const placeOf = (imageId: string) => house.uploads.locationsByImage.get(imageId)!.replace('cinder://', '') as VolumeId;
const shown = async (imageId: string) => (await house.uploads.show(imageId)).identity;
async function inUse(id: VolumeId): Promise<void> {
  const attachmentId = randomUUID();
  const connector = { host: 'compute-1' };
  await tell(id, { do: 'ReserveAttachment', attachmentId, instanceId: randomUUID(), mode: 'rw', connector });
  await house.pump.settle();
  await tell(id, { do: 'CompleteAttachment', attachmentId });
}

describe('an image that is at a place', () => {
  test('has an entry of what is there, whatever a guest wrote to the volume between two clones', async () => {
    let moment = 0;
    const written: VolumeId[] = [];
    await opened({
      wrap: (_, driver) => ({
        ...driver,
        createSnapshot: async (...order: Parameters<AbleDriver['createSnapshot']>) => {
          for (const id of written) write(id, `moment ${(moment += 1)}`);
          return driver.createSnapshot(...order);
        },
      }),
    });
    const source = await made();
    written.push(source);
    await inUse(source);
    const imageId = await uploaded(source, { force: true });
    const volume = await house.create(await shown(imageId));
    expect(volume).toMatchObject({ decision: { outcome: 'hit' } });
    expect(moment).toBeGreaterThan(0);
    if (volume.status === 'provisioned') expect(read(volume.request.volumeId)).toBe(read(placeOf(imageId)));
  });

  test('that somebody else gave its bytes serves nobody by their hash', async () => {
    await opened({ backends: { fast: { ...place, image_hashes_trusted: true } } });
    const { id: imageId } = house.uploads.queue();
    house.uploads.store(imageId, Buffer.from('what everybody downloads'));
    await uploaded(await made(), { imageId });
    const everybodys = house.images.add({ ...(await shown(imageId)), id: randomUUID() });
    expect(await house.create(everybodys)).toMatchObject({ decision: { outcome: 'miss' } });
  });

  test('whose hash nobody here has computed serves nobody by it', async () => {
    await opened({ backends: { fast: { ...place, image_hashes_trusted: true } } });
    const named = { osHashAlgo: 'sha512', osHashValue: 'ab'.repeat(64) };
    const { id: imageId } = house.uploads.queue(named);
    await uploaded(await made(), { imageId });
    expect(house.uploads.locationsByImage.has(imageId)).toBe(true);
    const everybodys = house.images.add({ ...(await shown(imageId)), id: randomUUID() });
    expect(await house.create(everybodys)).toMatchObject({ decision: { outcome: 'miss' } });
  });
});

test.each([true, false])(
  'an image whose format was changed before it had its bytes is no copy of the volume (place: %s)',
  async (isPlaced) => {
    house.uploads.allowsLocations = isPlaced;
    const { id: imageId } = house.uploads.queue({ diskFormat: 'qcow2' });
    await uploaded(await made(), { imageId });
    expect(house.uploads.locationsByImage.has(imageId)).toBe(isPlaced);
    const known = house.images.add(await shown(imageId));
    expect(await house.create(known)).toMatchObject({ decision: { outcome: 'miss' } });
  },
);

describe('an upload by the image’s place', () => {
  test.each(['refused', 'away'] as const)(
    'that fails, as the image service is %s, leaves neither a clone nor a record',
    async (problem) => {
      house.uploads.addLocation = () => Promise.reject(new ImageUploadError(problem, 'the test wants it'));
      const id = await made();
      const imageId = await uploaded(id);
      expect(await provisioned(id)).toMatchObject({ label: 'available' });
      expect(house.uploads.records.has(imageId)).toBe(false);
      expect([...house.backend().objects.keys()]).toEqual([`volume-${id}`]);
    },
  );

  test('whose answer is lost keeps the clone: the image may be there', async () => {
    const { addLocation } = house.uploads;
    house.uploads.addLocation = async (...order) => {
      await addLocation.apply(house.uploads, order);
      throw new ImageUploadError('away', 'the answer is lost');
    };
    const imageId = await uploaded(await made());
    expect(house.uploads.records.get(imageId)).toMatchObject({ status: 'active' });
    expect(await provisioned(placeOf(imageId))).toMatchObject({ label: 'available' });
  });

  test('that was asked for twice, as the first answer was lost, keeps the clone although the second was a refusal', async () => {
    const { addLocation } = house.uploads;
    house.uploads.addLocation = async (...order) => {
      await addLocation.apply(house.uploads, order);
      return false;
    };
    const imageId = await uploaded(await made());
    expect(house.uploads.puts).toEqual([]);
    expect(await provisioned(placeOf(imageId))).toMatchObject({ label: 'available' });
  });

  test('whose clone cannot be made leaves nothing of it', async () => {
    await opened({ backends: { fast: { ...place, image_volume_cache_enabled: false } } });
    const id = await made();
    flaky.fail('clone', 'full');
    const imageId = await uploaded(id);
    expect(house.uploads.puts).toEqual([imageId]);
    expect(await house.volume(imageVolumeId(imageId))).toMatchObject({ status: 'deleted' });
  });
});

describe('an image service that tells nobody where images are', () => {
  const uncached = { fast: { ...place, image_volume_cache_enabled: false } };
  const tellNobody = () => {
    house.uploads.locations = () => Promise.reject(new ImageUploadError('forbidden', 'it tells nobody'));
  };
  /** The work ends at the next place that is given, after what is done there. */
  const interruptPlacing = (then: (...at: Parameters<UploadShelf['addLocation']>) => Promise<unknown>) => {
    const { addLocation } = house.uploads;
    house.uploads.addLocation = async (...at) => {
      house.uploads.addLocation = addLocation;
      await then(...at);
      throw new Error('the work is interrupted');
    };
  };
  const objects = () => [...house.backend().objects.keys()];

  test('and an image that had its bytes before there was a clone: none is made', async () => {
    await opened({ backends: uncached });
    tellNobody();
    const id = await made();
    const { id: imageId } = house.uploads.queue();
    house.uploads.store(imageId, Buffer.from('sent by a process that died before it said so'));
    await uploaded(id, { imageId });
    expect(await house.volume(imageVolumeId(imageId))).toMatchObject({ status: 'absent' });
    expect(objects()).toEqual([`volume-${id}`]);
  });

  test('and work that was interrupted when the image had been placed: it is found there', async () => {
    tellNobody();
    const { uploads } = house;
    interruptPlacing((...at) => uploads.addLocation(...at));
    const imageId = await uploaded(await made());
    expect(placeOf(imageId)).toBe(imageVolumeId(imageId));
    expect(await provisioned(imageVolumeId(imageId))).toMatchObject({ label: 'available' });
    expect(house.uploads.puts).toEqual([]);
  });

  test('and a volume that cannot be cloned any more when interrupted work goes on: the clone that is there goes', async () => {
    let isAble = true;
    await opened({
      backends: uncached,
      wrap: (_, driver) => ({
        ...driver,
        get capabilities() {
          return { ...driver.capabilities, snapshotsInUse: isAble };
        },
      }),
    });
    tellNobody();
    const id = await made();
    await inUse(id);
    interruptPlacing(async () => (isAble = false));
    const imageId = await uploaded(id, { force: true });
    expect(house.uploads.puts).toEqual([imageId]);
    expect(await house.volume(imageVolumeId(imageId))).toMatchObject({ status: 'deleted' });
    expect(objects()).toEqual([`volume-${id}`]);
  });
});

describe('J.3: a volume that an image names as its place is not cloned', () => {
  let known: ImageIdentity;
  beforeEach(async () => {
    await opened({ usesLocations: true });
    const imageId = await uploaded(await made());
    known = house.images.add({ ...(await shown(imageId)), owner: 'somebody' });
  });
  const declinedAs = async (id: VolumeId) => (await provisioned(id)).decision?.declined[0]?.reason;

  test('where it is another project’s, however the image came to name it', async () => {
    const secret = await made('somebody’s secret');
    house.uploads.locationsByImage.set(known.id, `cinder://${secret}`);
    const volumeId = randomUUID() as VolumeId;
    const image = { ...known, owner: stranger };
    const request = { ...exampleRequest, volumeId, image, sizeGib: 3, projectId: stranger };
    await tell(volumeId, { do: 'RequestVolume', request });
    await house.pump.settle();
    expect(await declinedAs(volumeId)).toBe('volume-of-another-project');
    expect(read(volumeId)).not.toBe('somebody’s secret');
  });

  test('where it was given to another project since', async () => {
    const clone = placeOf(known.id);
    const [transferId, keyHash] = [randomUUID(), 'ab'.repeat(32)];
    const transfer = { id: transferId, name: 'a gift', salt: 'abcd', keyHash, noSnapshots: false };
    await tell(clone, { do: 'CreateTransfer', transfer });
    const accepted = { transferId, keyHash, projectId: stranger, userId: 'bob' as UserId };
    await tell(clone, { do: 'AcceptTransfer', ...accepted });
    const id = await house.request(known, 3);
    await house.pump.settle();
    expect(await declinedAs(id)).toBe('volume-of-another-project');
  });

  test('while it is given an image itself: two that are given each other’s would wait for ever', async () => {
    await tell(placeOf(known.id), { do: 'Reimage', image: house.images.add(), reserved: false });
    const id = await house.request(known, 3);
    await tell(id, { do: 'RecordPlacement', pool: house.pools[0]!, availabilityZone: 'nova', rejected: [] });
    await house.manager.react({ kind: 'volume', id }, alive);
    await house.pump.settle();
    expect(await declinedAs(id)).toBe('image-volume-at-work');
  });

  test('of which two are given each other’s images: both get them', async () => {
    const other = house.images.add({ ...(await shown(await uploaded(await made('another')))), owner: 'somebody' });
    const [first, second] = [placeOf(known.id), placeOf(other.id)];
    await tell(first, { do: 'Reimage', image: other, reserved: false });
    await tell(second, { do: 'Reimage', image: known, reserved: false });
    await Promise.all([first, second].map((id) => house.manager.react({ kind: 'volume', id }, alive)));
    await house.pump.settle();
    for (const id of [first, second]) expect(await provisioned(id)).toMatchObject({ label: 'available' });
  });
});
