import type { ImageIdentity, VolumeSourceFacts } from '@hearth/contracts';
import { type UploadFacts, type Volume, type VolumeCommand, volumeDecider } from '@hearth/domain';
import { exampleRequest } from '@hearth/domain/testing';
import type { DriverErrorCode, VolumeDriver } from '@hearth/driver-api';
import { runCommand, wasRefused } from '@hearth/event-sourcing';
import type { PoolRef, ProjectId, UserId, VolumeId } from '@hearth/kernel';
import { eventually } from '@hearth/testing';
import { randomUUID } from 'node:crypto';
import type { AbleDriver } from '../testing/able-driver';
import { FlakyDriver } from '../testing/flaky-driver';
import { TestHouse } from '../testing/test-house';

let house: TestHouse;
let flaky: FlakyDriver;
let pool: PoolRef;
/** What is left of a driver when it has fewer capabilities. */
let reduced: (driver: AbleDriver) => VolumeDriver;
const alive = new AbortController().signal;

beforeEach(async () => {
  flaky = new FlakyDriver();
  reduced = (driver) => driver;
  house = await TestHouse.open({ wrap: (_, driver) => reduced(flaky.wrap(driver)) });
  pool = house.pools[0]!;
});
afterEach(() => house.close());

/** Another house, whose backend lacks some of what a driver may have. */
async function without(...missing: string[]): Promise<void> {
  await house.close();
  reduced = (driver) => Object.fromEntries(Object.entries(driver).filter(([name]) => !missing.includes(name))) as never;
  house = await TestHouse.open({ wrap: (_, driver) => reduced(flaky.wrap(driver)) });
}

async function tell(id: VolumeId, command: VolumeCommand): Promise<void> {
  const answer = await runCommand(house.environment, volumeDecider, { category: 'volume', id }, command);
  if (wasRefused(answer)) throw new Error(`refused: ${answer.refused}`);
}
/** The volume, and what was asked for, when all has come to rest. */
async function done(id: VolumeId, command: VolumeCommand): Promise<Provisioned> {
  await tell(id, command);
  await house.pump.settle();
  return provisioned(id);
}
type Provisioned = Extract<Volume, { status: 'provisioned' }>;
async function provisioned(id: VolumeId): Promise<Provisioned> {
  const volume = await house.volume(id);
  if (volume.status !== 'provisioned') throw new Error(`the volume is ${JSON.stringify(volume)}`);
  return volume;
}
async function made(sizeGib = 2): Promise<VolumeId> {
  const id = await house.request(null, sizeGib);
  await house.pump.settle();
  write(id, 'what was there first');
  return id;
}
async function madeOf(source: VolumeSourceFacts, sizeGib = 2): Promise<VolumeId> {
  const id = randomUUID() as VolumeId;
  const inherited = { imageMetadata: { image_name: 'an image' }, bootable: true };
  const request = { ...exampleRequest, volumeId: id, image: null, sizeGib, source, inherited };
  await tell(id, { do: 'RequestVolume', request });
  await house.pump.settle();
  return id;
}

/** A guest writes at the start of a volume. */
function write(id: VolumeId, text: string): void {
  const { pages } = house.backend().objects.get(`volume-${id}`)!;
  const page = Buffer.alloc(64 * 1024);
  page.write(text);
  pages.set(0, page);
}
const read = (id: VolumeId) => house.bytesOf(id, 100).toString('utf8').replace(/\0+$/, '');
const snapshot = (snapshotId: string, force = false): VolumeCommand => ({
  do: 'CreateSnapshot',
  force,
  snapshot: {
    ...{ snapshotId, projectId: 'demo' as ProjectId, userId: 'alice' as UserId },
    ...{ name: 'a snapshot', description: null, metadata: {} },
  },
});
const attach = (attachmentId: string): VolumeCommand => ({
  ...{ do: 'ReserveAttachment', attachmentId, instanceId: randomUUID(), mode: 'rw', connector: { host: 'compute-1' } },
});
const upload = (facts: Partial<UploadFacts> & Pick<UploadFacts, 'imageId'>, force = false): VolumeCommand => ({
  do: 'Upload',
  force,
  upload: {
    ...{ imageName: 'an image', diskFormat: 'raw', containerFormat: 'bare', visibility: 'private', imageOwner: null },
    ...facts,
  },
});
const eventsOf = async (id: VolumeId, type: string) =>
  (await house.volumeEvents(id)).filter((event) => event.type === type);
const failureIn = async (id: VolumeId, type: string) =>
  ((await eventsOf(id, type)).at(-1)?.data as { failure?: unknown } | undefined)?.failure;

describe('a snapshot', () => {
  test('keeps what the volume had, which goes back to it', async () => {
    const id = await made();
    const snapshotId = randomUUID();
    const { snapshots } = await done(id, snapshot(snapshotId));
    expect(snapshots.get(snapshotId)).toMatchObject({ status: 'available', work: undefined });
    write(id, 'something else');
    expect(await done(id, { do: 'Revert', snapshotId })).toMatchObject({ label: 'available', work: undefined });
    expect(read(id)).toBe('what was there first');
    expect((await done(id, { do: 'DeleteSnapshot', snapshotId, force: false })).snapshots.size).toBe(0);
    expect(house.backend().snapshots.size).toBe(0);
  });

  test('that the backend cannot take is in error, with the reason, and nothing is left of it', async () => {
    const id = await made();
    const snapshotId = randomUUID();
    flaky.fail('createSnapshot', 'full');
    const { snapshots } = await done(id, snapshot(snapshotId));
    expect(snapshots.get(snapshotId)).toMatchObject({ status: 'error' });
    expect(await failureIn(id, 'SnapshotCreateFailed')).toMatchObject({ code: 'backend.full' });
    expect(flaky.calls).toContain('removeSnapshot');
  });

  test('that cannot be removed is in error_deleting, and may be asked for again', async () => {
    const id = await made();
    const snapshotId = randomUUID();
    await done(id, snapshot(snapshotId));
    flaky.fail('removeSnapshot', 'has-dependants');
    const { snapshots } = await done(id, { do: 'DeleteSnapshot', snapshotId, force: false });
    expect(snapshots.get(snapshotId)).toMatchObject({ status: 'error_deleting' });
    expect((await done(id, { do: 'DeleteSnapshot', snapshotId, force: true })).snapshots.size).toBe(0);
  });

  test('goes before its volume in a deletion of both', async () => {
    const id = await made();
    for (const snapshotId of [randomUUID(), randomUUID()]) await done(id, snapshot(snapshotId));
    await tell(id, { do: 'DeleteVolume', userId: 'alice' as UserId, cascade: true });
    await house.pump.settle();
    expect(await house.volume(id)).toMatchObject({ status: 'deleted' });
    expect(house.backend().objects.size).toBe(0);
    expect(house.backend().snapshots.size).toBe(0);
    expect(await eventsOf(id, 'SnapshotDeleted')).toHaveLength(2);
  });

  test('that stays keeps its volume, in error_deleting', async () => {
    const id = await made();
    await done(id, snapshot(randomUUID()));
    flaky.fail('removeSnapshot', 'failed');
    await tell(id, { do: 'DeleteVolume', userId: 'alice' as UserId, cascade: true });
    await house.pump.settle();
    expect(await house.volume(id)).toMatchObject({ status: 'error-deleting', snapshots: { size: 1 } });
    expect(house.backend().objects.size).toBe(1);
  });
});

describe('an extension', () => {
  test('makes the volume larger', async () => {
    const id = await made(2);
    expect(await done(id, { do: 'Extend', toGib: 5, inUse: false })).toMatchObject({
      ...{ label: 'available', details: { sizeGib: 5 } },
    });
    expect(house.backend().objects.get(`volume-${id}`)).toMatchObject({ sizeGib: 5 });
  });

  test('that fails leaves it as it was, in error_extending', async () => {
    const id = await made(2);
    flaky.fail('extend', 'full');
    expect(await done(id, { do: 'Extend', toGib: 5, inUse: false })).toMatchObject({
      ...{ label: 'error_extending', details: { sizeGib: 2 } },
    });
    expect(await failureIn(id, 'VolumeExtensionFailed')).toMatchObject({ code: 'backend.full' });
  });
});

describe('a backend that is busy or away', () => {
  test.each<DriverErrorCode>(['busy', 'unavailable'])(
    '%s: is asked again, and its last answer stands',
    async (code) => {
      const id = await made();
      flaky.fail('extend', code, code);
      expect(await done(id, { do: 'Extend', toGib: 3, inUse: false })).toMatchObject({ label: 'available' });
      flaky.fail('extend', code, code, code);
      expect(await done(id, { do: 'Extend', toGib: 4, inUse: false })).toMatchObject({ label: 'error_extending' });
      expect(flaky.calls.filter((call) => call === 'extend')).toHaveLength(6);
    },
  );
});

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

describe('an attachment', () => {
  test('is told how the volume is reached, and no longer once it is removed', async () => {
    const id = await made();
    const attachmentId = randomUUID();
    const { attachments } = await done(id, attach(attachmentId));
    expect(attachments.get(attachmentId)).toMatchObject({
      status: 'connected',
      connection: { data: { access_mode: 'rw', encrypted: false, qos_specs: null, cacheable: false } },
    });
    expect(house.backend().connections.get(`volume-${id}`)?.size).toBe(1);
    await done(id, { do: 'CompleteAttachment', attachmentId });
    expect((await done(id, { do: 'RemoveAttachment', attachmentId })).attachments.size).toBe(0);
    expect(house.backend().connections.get(`volume-${id}`)?.size ?? 0).toBe(0);
  });

  test('of a volume that is read only may only read', async () => {
    const id = await made();
    await done(id, { do: 'SetReadOnly', readOnly: true });
    const attachmentId = randomUUID();
    const { attachments } = await done(id, { ...(attach(attachmentId) as object), mode: null } as VolumeCommand);
    expect(attachments.get(attachmentId)).toMatchObject({ connection: { data: { access_mode: 'ro' } } });
  });

  test('that the backend does not connect is in error_attaching, with nothing left behind', async () => {
    const id = await made();
    const attachmentId = randomUUID();
    flaky.fail('connect', 'failed');
    const { attachments } = await done(id, attach(attachmentId));
    expect(attachments.get(attachmentId)).toMatchObject({ status: 'error_attaching' });
    expect(flaky.calls).toContain('disconnect');
  });

  test('that the backend does not disconnect is in error_detaching', async () => {
    const id = await made();
    const attachmentId = randomUUID();
    await done(id, attach(attachmentId));
    flaky.fail('disconnect', 'failed');
    const { attachments } = await done(id, { do: 'RemoveAttachment', attachmentId });
    expect(attachments.get(attachmentId)).toMatchObject({ status: 'error_detaching' });
  });
});

describe('a backend without the capability', () => {
  const lacks = async (id: VolumeId, type: string) =>
    expect(await failureIn(id, type)).toMatchObject({
      ...{ code: 'backend.unsupported', reason: expect.stringMatching(/^The backend of the volume cannot /) },
    });

  test('to take snapshots', async () => {
    await without('createSnapshot');
    const id = await made();
    await done(id, snapshot(randomUUID()));
    await lacks(id, 'SnapshotCreateFailed');
  });

  test('to connect', async () => {
    await without('connect');
    const id = await made();
    await done(id, attach(randomUUID()));
    await lacks(id, 'VolumeAttachmentConnectFailed');
  });

  test('to clone: a volume of another', async () => {
    await without('clone');
    const source = await made();
    const id = await madeOf({ kind: 'volume', volumeId: source, pool });
    expect(await house.volume(id)).toMatchObject({ status: 'error', failure: { code: 'backend.unsupported' } });
  });

  test('to grow while it is in use', async () => {
    await house.close();
    reduced = (driver) => ({ ...driver, capabilities: { ...driver.capabilities, extendsInUse: false } });
    house = await TestHouse.open({ wrap: (_, driver) => reduced(flaky.wrap(driver)) });
    const id = await made();
    const attachmentId = randomUUID();
    await done(id, attach(attachmentId));
    await done(id, { do: 'CompleteAttachment', attachmentId });
    await done(id, { do: 'Extend', toGib: 5, inUse: true });
    await lacks(id, 'VolumeExtensionFailed');
  });
});

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

describe('an upload', () => {
  const entries = async () => [...(await house.cache()).entries.values()];

  test('is read from an entry of the cache, which is there before it starts, and serves the next create', async () => {
    const id = await made(2);
    const { id: imageId } = house.uploads.queue();
    house.uploads.hold();
    await tell(id, upload({ imageId }));
    await house.pump.deliver();
    await eventually(() => house.uploads.underWay === 1);
    const [entry] = await entries();
    expect(entry).toMatchObject({ status: 'filling', content: `upload:${imageId}`, sizeGib: 2 });
    expect(house.backend().objects.has(`volume-${entry!.imageVolumeId}`)).toBe(true);
    house.uploads.release();
    await house.pump.settle();
    expect(await provisioned(id)).toMatchObject({ label: 'available', work: undefined });
    expect(await eventsOf(id, 'VolumeUploaded')).toMatchObject([{ data: { imageId, method: 'upload' } }]);
    const { identity, status } = await house.uploads.show(imageId);
    expect(status).toBe('active');
    expect(await entries()).toMatchObject([{ status: 'ready', imageId, evidence: { verifiedBy: 'os_hash' } }]);
    const volume = await house.create(identity, 2);
    expect(volume).toMatchObject({ decision: { outcome: 'hit' } });
    expect(house.images.downloads).toEqual([]);
    if (volume.status === 'provisioned') expect(read(volume.request.volumeId)).toBe('what was there first');
  });

  test('that fails takes the entry and the image’s record with it, and the volume is as it was', async () => {
    const id = await made(2);
    const { id: imageId } = house.uploads.queue();
    house.uploads.fail('broken');
    expect(await done(id, upload({ imageId }))).toMatchObject({ label: 'available', work: undefined });
    expect(await failureIn(id, 'VolumeUploadFailed')).toMatchObject({ code: 'image.upload_failed' });
    expect(house.uploads.records.has(imageId)).toBe(false);
    expect(await entries()).toEqual([]);
    expect(house.backend().objects.size).toBe(1);
  });

  test('without a cache is read from the volume', async () => {
    await house.close();
    house = await TestHouse.open({ backends: { fast: { image_volume_cache_enabled: false } } });
    const id = await made(2);
    const { id: imageId } = house.uploads.queue();
    await done(id, upload({ imageId }));
    expect(house.uploads.records.get(imageId)).toMatchObject({ status: 'active' });
    expect(await entries()).toEqual([]);
  });

  test('of a volume that cannot be cloned is read from the volume, and the entry goes', async () => {
    const id = await made(2);
    flaky.fail('clone', 'full');
    const { id: imageId } = house.uploads.queue();
    await done(id, upload({ imageId }));
    expect(house.uploads.records.get(imageId)).toMatchObject({ status: 'active' });
    expect(await entries()).toEqual([]);
    expect(house.backend().objects.size).toBe(1);
  });

  test('holds up no detachment of the same volume', async () => {
    const id = await made(2);
    const attachmentId = randomUUID();
    await done(id, attach(attachmentId));
    await done(id, { do: 'CompleteAttachment', attachmentId });
    const { id: imageId } = house.uploads.queue();
    house.uploads.hold();
    await tell(id, upload({ imageId }, true));
    await house.pump.deliver();
    await eventually(() => house.uploads.underWay === 1);
    await tell(id, { do: 'RemoveAttachment', attachmentId });
    await house.manager.react({ kind: 'volume', id }, alive);
    expect((await provisioned(id)).attachments.size).toBe(0);
    expect(house.uploads.underWay).toBe(1);
    house.uploads.release();
    await house.pump.settle();
    expect(await provisioned(id)).toMatchObject({ label: 'available' });
    expect(house.uploads.puts).toEqual([imageId]);
  });
});

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
      expect(await house.create(known, 1)).toMatchObject({ status: 'error' });
      const clone = cloneOf(known.id);
      await tell(clone, { do: 'DeleteVolume', userId: 'alice' as UserId });
      await house.pump.settle();
      expect(reasonOf(await house.create(known, 3))).toBe('image-volume-gone');
    });
  });
});
