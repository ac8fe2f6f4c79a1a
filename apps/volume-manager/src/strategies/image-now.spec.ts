import type { ImageIdentity } from '@hearth/contracts';
import { type ImageCacheCommand, imageCacheDecider } from '@hearth/domain';
import { runCommand } from '@hearth/event-sourcing';
import type { VolumeId } from '@hearth/kernel';
import { ImageServiceError } from '@hearth/openstack-clients';
import { eventually } from '@hearth/testing';
import { TestHouse } from '../testing/test-house';
import type { TestHouseOptions } from '../testing/test-house.options';

// What becomes of an image between the API's look at it and the bytes.

let house: TestHouse;
type Options = NonNullable<TestHouseOptions['backends']>[string];
const open = async (fast: Options = {}, more: TestHouseOptions = {}) =>
  (house = await TestHouse.open({ backends: { fast }, ...more }));
afterEach(() => house.close());

const steer = (command: ImageCacheCommand) =>
  runCommand(house.environment, imageCacheDecider, { category: 'image-cache', id: house.pools[0]! }, command);
const suspend = (imageId: string, cause: 'deactivated' | 'deleted' | 'hidden' = 'deactivated') =>
  steer({ do: 'SuspendImage', imageId, cause, at: house.environment.now() });
const notActive = ({ id }: ImageIdentity) => ({ code: 'image.not_found', reason: `Image ${id} is not active.` });
const decisionOf = async (id: VolumeId) => {
  const failed = (await house.volumeEvents(id)).find(({ type }) => type === 'VolumeCreateFailed');
  return (failed?.data as { decision?: unknown } | undefined)?.decision;
};
const failedCreate = async (image: ImageIdentity) => {
  const id = await house.request(image);
  await house.pump.settle();
  return { volume: await house.volume(id), decision: await decisionOf(id) };
};

describe('an image that is deactivated after the API has looked', () => {
  test('J.j: while its entry is suspended it is not downloaded either: the create ends in error', async () => {
    await open();
    const image = house.images.add();
    await house.create(image);
    await suspend(image.id);
    house.images.statuses.set(image.id, 'deactivated');
    const { volume, decision } = await failedCreate(image);
    expect(volume).toMatchObject({ status: 'error', failure: notActive(image) });
    expect(decision).toMatchObject({
      ...{ outcome: 'bypass', strategy: 'download', reason: 'suspended', bytesDownloaded: 0 },
      declined: [{ strategy: 'cache', reason: 'suspended' }],
    });
    expect(house.images.downloads).toHaveLength(1);
    expect(house.backend().objects.size).toBe(2);
  });

  test('makes no entry: nothing is reserved, evicted or fetched for it', async () => {
    await open({ image_volume_cache_max_count: 1 });
    await house.create(house.images.add());
    const image = house.images.add();
    house.images.statuses.set(image.id, 'deactivated');
    const { volume, decision } = await failedCreate(image);
    expect(volume).toMatchObject({ status: 'error', failure: notActive(image) });
    expect(decision).toMatchObject({ outcome: 'bypass', strategy: 'cache', reason: 'image-deactivated', entry: null });
    expect(await house.cacheCounts()).toMatchObject({ 'fill-started': 1 });
    expect(await house.cacheCounts()).not.toHaveProperty('evict');
    expect(house.images.downloads).toHaveLength(1);
  });

  test('while its fill waits for its turn: nothing is fetched, and all who wait learn why', async () => {
    await open();
    house.images.hold();
    const others = [await house.request(house.images.add()), await house.request(house.images.add())];
    await house.pump.deliver();
    await house.pump.deliver();
    await eventually(() => house.images.underWay === 2, { what: 'all lanes being taken' });
    const image = house.images.add();
    const ids = [await house.request(image), await house.request(image)];
    await house.pump.deliver();
    await house.pump.deliver();
    await eventually(async () => (await house.cache()).claims.size === 4, {
      what: 'one fill waiting, one create joining',
    });
    house.images.statuses.set(image.id, 'deactivated');
    house.images.release();
    await house.pump.settle();
    for (const id of ids) expect(await house.volume(id)).toMatchObject({ status: 'error', failure: notActive(image) });
    for (const id of others) expect(await house.volume(id)).toMatchObject({ status: 'provisioned' });
    expect(house.images.downloads).not.toContain(image.id);
  });

  test('is not downloaded where there is no cache', async () => {
    await open({ image_volume_cache_enabled: false });
    const image = house.images.add();
    house.images.statuses.set(image.id, 'deactivated');
    expect((await failedCreate(image)).volume).toMatchObject({ status: 'error', failure: notActive(image) });
    expect(house.images.downloads).toEqual([]);
  });

  test('is no volume of the image’s place', async () => {
    await open({}, { usesLocations: true });
    const image = house.images.add({ diskFormat: 'raw', containerFormat: 'bare', owner: 'demo' });
    const source = await house.create(null);
    if (source.status !== 'provisioned') throw new Error(source.status);
    house.uploads.locationsByImage.set(image.id, `cinder://${source.request.volumeId}`);
    house.images.statuses.set(image.id, 'deactivated');
    const { volume, decision } = await failedCreate(image);
    expect(volume).toMatchObject({ status: 'error', failure: notActive(image) });
    expect(decision).toMatchObject({ strategy: 'image-volume-clone', reason: 'image-deactivated' });
  });
});

test.each([
  ['gone', new ImageServiceError('not-found', 'no such image'), 'no longer exists'],
  ['hidden from the service', new ImageServiceError('forbidden', 'not for you'), 'may not be read'],
] as const)('an image that is %s makes no volume', async (_, answer, reason) => {
  await open();
  const image = house.images.add();
  house.images.statuses.set(image.id, answer);
  expect((await failedCreate(image)).volume).toMatchObject({
    ...{ status: 'error', failure: { code: 'image.not_found', reason: `Image ${image.id} ${reason}.` } },
  });
  expect(house.images.downloads).toEqual([]);
});

describe('who may read an image, after the API has looked', () => {
  test('P2: an image that was taken from its project makes no volume', async () => {
    await open();
    const asShown = house.images.add({ visibility: 'public', owner: 'somebody' });
    house.images.add({ ...asShown, visibility: 'private' });
    const { volume } = await failedCreate(asShown);
    expect(volume).toMatchObject({
      failure: { code: 'image.not_found', reason: `Not authorized for image ${asShown.id}.` },
    });
    expect(house.images.downloads).toEqual([]);
  });

  test('what its requester may read by other rights than the record’s, as an administrator or a member, it still makes', async () => {
    await open();
    const [ofAnother, shared] = [
      house.images.add({ visibility: 'private', owner: 'somebody' }),
      house.images.add({ visibility: 'shared', owner: 'somebody' }),
    ];
    for (const image of [ofAnother, shared]) expect(await house.create(image)).toMatchObject({ status: 'provisioned' });
  });
});

describe('while the image service cannot be asked', () => {
  test('nothing is fetched or copied: the create moves on when all attempts have failed', async () => {
    await open();
    const image = house.images.add();
    house.images.statuses.set(image.id, new ImageServiceError('away', 'nobody answers'));
    expect((await failedCreate(image)).volume).toMatchObject({ failure: { code: 'image.connection_failed' } });
    expect(house.images.downloads).toEqual([]);
  });

  test('a hit does not ask', async () => {
    await open();
    const image = house.images.add();
    await house.create(image);
    const asked = house.images.looks.length;
    expect(await house.create(image)).toMatchObject({ decision: { outcome: 'hit' } });
    expect(house.images.looks).toHaveLength(asked);
  });
});
