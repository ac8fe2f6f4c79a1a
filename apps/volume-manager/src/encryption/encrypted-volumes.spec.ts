import type { ImageIdentity } from '@hearth/contracts';
import { type Volume, type VolumeCommand, volumeDecider } from '@hearth/domain';
import { exampleRequest } from '@hearth/domain/testing';
import { runCommand, wasRefused } from '@hearth/event-sourcing';
import { type UserId, type VolumeId, gibToBytes } from '@hearth/kernel';
import { randomUUID } from 'node:crypto';
import type { AbleDriver } from '../testing/able-driver';
import { FlakyDriver } from '../testing/flaky-driver';
import { changed, scriptedHeaderBytes } from '../testing/scripted-encryption';
import { TestHouse } from '../testing/test-house';
import type { TestHouseOptions } from '../testing/test-house.options';

const volumeType = {
  ...exampleRequest.volumeType,
  encryption: { provider: 'luks', cipher: 'aes-xts-plain64', keySize: 256, controlLocation: 'front-end' as const },
};
let house: TestHouse;
afterEach(() => house.close());
const openHouse = async (options: TestHouseOptions = {}) => void (house = await TestHouse.open(options));

/** A volume of an encrypted type whose key begins with 7. */
async function request(image: ImageIdentity | null = null, patch: Partial<typeof exampleRequest> = {}) {
  const encryptionKeyId = await house.keys.store({ name: 'a key', algorithm: 'aes', bytes: Buffer.alloc(32, 7) });
  const volumeId = randomUUID() as VolumeId;
  const sizeGib = 2;
  await tell(volumeId, {
    do: 'RequestVolume',
    request: { ...exampleRequest, volumeId, image, sizeGib, volumeType, encryptionKeyId, ...patch },
  });
  return { id: volumeId, keyId: encryptionKeyId };
}
async function tell(id: VolumeId, command: VolumeCommand): Promise<void> {
  const answer = await runCommand(house.environment, volumeDecider, { category: 'volume', id }, command);
  if (wasRefused(answer)) throw new Error(`refused: ${answer.refused}`);
}
async function made(...args: Parameters<typeof request>): Promise<{ id: VolumeId; keyId: string; volume: Volume }> {
  const { id, keyId } = await request(...args);
  await house.pump.settle();
  return { id, keyId, volume: await house.volume(id) };
}
const begins = (id: VolumeId, length: number, at = 0) => house.backend().read(`volume-${id}`, at, length);
const remove = async (id: VolumeId) => {
  await tell(id, { do: 'DeleteVolume', userId: 'alice' as UserId });
  await house.pump.settle();
  return house.volume(id);
};
const ofImage = (image: ImageIdentity) => house.images.bytesOf(image.id);

describe('an encrypted volume', () => {
  beforeEach(() => openHouse());

  test('without content has a header, and is as large as asked', async () => {
    const { id, volume } = await made();
    expect(volume).toMatchObject({ status: 'provisioned', details: { bootable: false } });
    expect(begins(id, 13).toString()).toBe('sealed with 7');
    expect(house.backend().objects.get(`volume-${id}`)).toMatchObject({ sizeGib: 2, isWhole: true });
  });

  test('from an image has its bytes encrypted, and passes the cache by', async () => {
    const image = house.images.add();
    for (const _ of [1, 2]) {
      const { id, volume } = await made(image);
      expect(volume).toMatchObject({
        status: 'provisioned',
        decision: {
          ...{ outcome: 'bypass', strategy: 'download', reason: 'encrypted', entry: null },
          declined: [{ strategy: 'cache', reason: 'encrypted' }],
        },
      });
      expect(changed(begins(id, image.sizeBytes, scriptedHeaderBytes), 7)).toEqual(ofImage(image));
    }
    expect(house.images.downloads).toHaveLength(2);
    expect(await house.cacheEvents()).toEqual([]);
  });

  test('takes no image that would only fit without its header', async () => {
    const { volume } = await made(house.images.add({ virtualGib: 2 }));
    expect(volume).toMatchObject({
      status: 'error',
      failure: { code: 'image.unacceptable', reason: expect.stringContaining(`${gibToBytes(2) - 4_040 * 512}`) },
    });
    expect(house.backend().objects.size).toBe(0);
  });

  test('from an image that was made of one is that image as it is', async () => {
    const image = house.images.add({ virtualGib: 2, properties: { cinder_encryption_key_id: randomUUID() } });
    const { id, volume } = await made(image);
    expect(volume).toMatchObject({ status: 'provisioned', decision: { reason: 'encrypted' } });
    expect(begins(id, image.sizeBytes)).toEqual(ofImage(image));
  });

  test('is given another image under its own key; one with a key of its own it cannot be given', async () => {
    const { id } = await made();
    const image = house.images.add();
    await tell(id, { do: 'Reimage', image, reserved: false });
    await house.pump.settle();
    expect(changed(begins(id, image.sizeBytes, scriptedHeaderBytes), 7)).toEqual(ofImage(image));
    const sealed = house.images.add({ properties: { cinder_encryption_key_id: randomUUID() } });
    await tell(id, { do: 'Reimage', image: sealed, reserved: false });
    await house.pump.settle();
    expect((await house.volumeEvents(id)).at(-1)).toMatchObject({
      data: { failure: { code: 'image.unacceptable', reason: expect.stringContaining('a key of its own') } },
    });
    expect(changed(begins(id, image.sizeBytes, scriptedHeaderBytes), 7)).toEqual(ofImage(image));
  });

  test.each([['blank'], ['from an image']])(
    'that is %s, and whose key cannot be had, is none, and nothing is left of it',
    async (kind) => {
      house.keys.fail('forbidden');
      const { volume } = await madeWithoutStoring(kind === 'blank' ? null : house.images.add());
      expect(volume).toMatchObject({ status: 'error', failure: { code: 'encryption.key_unavailable' } });
      expect(house.backend().objects.size).toBe(0);
    },
  );

  test('of a type that nobody can make any more is none', async () => {
    const encryption = { ...volumeType.encryption, cipher: 'rot13-xts-plain64' };
    const { volume } = await made(null, { volumeType: { ...volumeType, encryption } });
    expect(volume).toMatchObject({
      status: 'error',
      failure: { code: 'backend.unsupported', reason: expect.stringContaining("'rot13-xts-plain64'") },
    });
  });

  test('tells who connects that it is encrypted', async () => {
    const { id } = await made();
    const attachmentId = randomUUID();
    await tell(id, {
      do: 'ReserveAttachment',
      ...{ attachmentId, instanceId: randomUUID(), mode: 'rw', connector: { host: 'compute-1' } },
    });
    await house.pump.settle();
    const volume = await house.volume(id);
    if (volume.status !== 'provisioned') throw new Error(volume.status);
    expect(volume.attachments.get(attachmentId)?.connection?.data).toMatchObject({ encrypted: true });
  });
});

/** The first question about the key fails: it is the host's. */
async function madeWithoutStoring(image: ImageIdentity | null) {
  const volumeId = randomUUID() as VolumeId;
  const encryptionKeyId = randomUUID();
  await tell(volumeId, {
    do: 'RequestVolume',
    request: { ...exampleRequest, volumeId, image, sizeGib: 2, volumeType, encryptionKeyId },
  });
  await house.pump.settle();
  return { volume: await house.volume(volumeId) };
}

describe('the key of a volume', () => {
  beforeEach(() => openHouse());

  test('goes with it, and no other key does', async () => {
    const [{ id }, { keyId: other }] = [await made(), await made()];
    expect(await remove(id)).toMatchObject({ status: 'deleted' });
    expect([...house.keys.kept.keys()]).toEqual([other]);
  });

  test('stays while the backend does not let go of the volume', async () => {
    const flaky = new FlakyDriver();
    await house.close();
    await openHouse({ wrap: (_, driver) => flaky.wrap(driver) });
    const { id, keyId } = await made();
    flaky.fail('remove', 'failed');
    expect(await remove(id)).toMatchObject({ status: 'error-deleting' });
    expect(house.keys.kept.has(keyId)).toBe(true);
  });

  test('goes with a volume that could not be made', async () => {
    const { id } = await made(house.images.add({ virtualGib: 2 }));
    expect(await remove(id)).toMatchObject({ status: 'deleted' });
    expect(house.keys.kept.size).toBe(0);
  });

  test('is asked for again while the key manager is away: until then the volume is being deleted', async () => {
    const { id } = await made();
    await tell(id, { do: 'DeleteVolume', userId: 'alice' as UserId });
    house.keys.fail('away', 'away');
    await house.pump.settle();
    expect([(await house.volume(id)).status, house.keys.kept.size]).toEqual(['deleted', 0]);
  });

  test('that may not be removed stays, and the operator is told', async () => {
    const { id, keyId } = await made();
    house.keys.fail('forbidden');
    expect(await remove(id)).toMatchObject({ status: 'deleted' });
    expect(house.log.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', fields: expect.objectContaining({ volumeId: id, keyId }) }),
    );
  });
});

describe('a host without a key manager', () => {
  beforeEach(() => openHouse({ keyManager: false }));

  test.each([['blank'], ['from an image']])('makes no encrypted volume that is %s, and says why', async (kind) => {
    const { volume } = await made(kind === 'blank' ? null : house.images.add());
    expect(volume).toMatchObject({
      status: 'error',
      failure: { code: 'encryption.key_unavailable', detail: 'no key manager is configured on this host' },
    });
  });

  test('removes one that is there, and tells the operator that its key stays', async () => {
    const { id } = await made();
    expect(await remove(id)).toMatchObject({ status: 'deleted' });
    expect(house.log.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', fields: expect.objectContaining({ volumeId: id }) }),
    );
  });
});

describe('killed at any step', () => {
  test.each<[string, (house: TestHouse) => ImageIdentity | null]>([
    ['without content', () => null],
    ['from an image', ({ images }) => images.add({ id: '60000000-0000-4000-8000-000000000001' })],
  ])('a volume %s is made whole, and leaves neither bytes nor key when it goes', async (_, imageOf) => {
    for (let steps = 1; ; steps += 1) {
      await openHouse({ lives: [steps] });
      const image = imageOf(house);
      const { id } = await made(image);
      expect(begins(id, 13).toString()).toBe('sealed with 7');
      if (image) expect(changed(begins(id, image.sizeBytes, scriptedHeaderBytes), 7)).toEqual(ofImage(image));
      expect(house.backend().objects.size).toBe(1);
      expect(await remove(id)).toMatchObject({ status: 'deleted' });
      expect([house.backend().objects.size, house.keys.kept.size]).toEqual([0, 0]);
      if (house.deaths === 0) return expect(steps).toBeGreaterThan(10);
      await house.close();
    }
  });
});

test('J.10 · I.44: an encrypted volume uses none of the ways that take an image as it lies', async () => {
  await openHouse({ usesLocations: true, directUrlSchemes: ['file', 'cinder'], wrap: withoutImages });
  const image = house.images.add({ diskFormat: 'raw', containerFormat: 'bare' });
  house.uploads.locationsByImage.set(image.id, `file:///images/${image.id}`);
  expect((await made(image)).volume).toMatchObject({
    decision: {
      strategy: 'download',
      declined: ['driver-clone', 'image-volume-clone', 'cache'].map((strategy) => ({ strategy, reason: 'encrypted' })),
    },
  });
});

const withoutImages = (_: string, driver: AbleDriver) =>
  Object.assign(driver, { openImage: () => Promise.reject(new Error('nobody is to open an image')) });
