import type { PoolRef, UserId, VolumeId } from '@hearth/kernel';
import { ImageUploadError } from '@hearth/openstack-clients';
import { eventually } from '@hearth/testing';
import { randomUUID } from 'node:crypto';
import { TestHouse } from '../testing/test-house';
import { attach, snapshot, upload, volumeWork } from '../testing/volume-work';

let house: TestHouse;
const alive = new AbortController().signal;
const nudge = (id: VolumeId) => house.manager.react({ kind: 'volume', id }, alive);

beforeEach(async () => {
  house = await TestHouse.open();
});
afterEach(() => house.close());

const { tell, made, provisioned, eventsOf } = volumeWork(() => house);

describe('an upload that was given up', () => {
  const forced = { do: 'DeleteVolume', userId: 'alice' as UserId, force: true } as const;

  test('before it began leaves no record of an image, and the volume is deleted', async () => {
    const id = await made(2);
    const { id: imageId } = house.uploads.queue();
    await tell(id, upload({ imageId }));
    await tell(id, forced);
    await house.pump.settle();
    expect(await house.volume(id)).toMatchObject({ status: 'deleted' });
    expect(house.uploads.records.has(imageId)).toBe(false);
    expect(house.backend().objects.size).toBe(0);
  });

  test.each(['deleted', 'reset'] as const)(
    'while it runs comes to its end: the image has its bytes, and then the volume is %s',
    async (how) => {
      const id = await made(2);
      const { id: imageId } = house.uploads.queue();
      house.uploads.hold();
      await tell(id, upload({ imageId }));
      await house.pump.deliver();
      await eventually(() => house.uploads.underWay === 1);
      await tell(id, how === 'deleted' ? forced : { do: 'ResetStatus', status: 'available' });
      await house.manager.react({ kind: 'volume', id }, alive);
      expect(house.uploads.records.get(imageId)).toMatchObject({ status: 'saving' });
      house.uploads.release();
      await house.pump.settle();
      expect(house.uploads.records.get(imageId)).toMatchObject({ status: 'active' });
      expect(await eventsOf(id, 'VolumeUploadSettled')).toHaveLength(1);
      expect(await house.volume(id)).toMatchObject({ status: how === 'deleted' ? 'deleted' : 'provisioned' });
    },
  );

  test('is seen to when the image service is back', async () => {
    const id = await made(2);
    const { id: imageId } = house.uploads.queue();
    await tell(id, upload({ imageId }));
    await tell(id, forced);
    const show = house.uploads.show.bind(house.uploads);
    house.uploads.show = () => Promise.reject(new ImageUploadError('away', 'it does not answer'));
    await expect(house.manager.react({ kind: 'volume', id }, alive)).rejects.toThrow(/does not answer/);
    expect(await house.volume(id)).toMatchObject({ status: 'deleting' });
    house.uploads.show = show;
    await house.pump.settle();
    expect(await house.volume(id)).toMatchObject({ status: 'deleted' });
    expect(house.uploads.records.has(imageId)).toBe(false);
  });

  test('keeps no volume from being deleted where the image service will not hear of it', async () => {
    const id = await made(2);
    const { id: imageId } = house.uploads.queue();
    await tell(id, upload({ imageId }));
    await tell(id, forced);
    house.uploads.remove = () => Promise.reject(new ImageUploadError('forbidden', 'it is not ours'));
    await house.pump.settle();
    expect(await house.volume(id)).toMatchObject({ status: 'deleted' });
    expect(house.log.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', fields: expect.objectContaining({ imageId }) }),
    );
  });
});

describe('a volume of a backend that is gone', () => {
  const gone = 'store-01@gone#here' as PoolRef;
  async function onGone(): Promise<VolumeId> {
    const id = await house.request(null);
    await tell(id, { do: 'RecordPlacement', pool: gone, availabilityZone: 'nova', rejected: [] });
    await tell(id, { do: 'RecordProvisioned', pool: gone, bootable: false, imageMetadata: {}, decision: null });
    return id;
  }

  test('what is owed to it ends with the reason', async () => {
    const id = await onGone();
    const attachmentId = randomUUID();
    await tell(id, snapshot(randomUUID()));
    await tell(id, attach(attachmentId));
    await nudge(id);
    const { attachments, snapshots } = await provisioned(id);
    expect(attachments.get(attachmentId)).toMatchObject({ status: 'error_attaching' });
    expect([...snapshots.values()]).toMatchObject([{ status: 'error' }]);
  });

  test('lets an attachment go that never was connected', async () => {
    const id = await onGone();
    const attachmentId = randomUUID();
    await tell(id, attach(attachmentId));
    await nudge(id);
    await tell(id, { do: 'RemoveAttachment', attachmentId });
    await nudge(id);
    expect(await provisioned(id)).toMatchObject({ label: 'available', attachments: new Map() });
  });

  test('keeps one that a server may have until an administrator says that it is detached', async () => {
    const id = await onGone();
    const attachmentId = randomUUID();
    const connection = { driverVolumeType: 'local', data: {} };
    await tell(id, attach(attachmentId));
    await tell(id, { do: 'RecordConnected', attachmentId, connection });
    await tell(id, { do: 'RemoveAttachment', attachmentId });
    await nudge(id);
    expect((await provisioned(id)).attachments.get(attachmentId)).toMatchObject({ status: 'error_detaching' });
    await tell(id, { do: 'ResetStatus', status: 'available', attachStatus: 'detached' });
    await nudge(id);
    expect(await provisioned(id)).toMatchObject({ label: 'available', attachments: new Map() });
  });

  test('gives no image its bytes, and leaves no record of one', async () => {
    const id = await onGone();
    const { id: imageId } = house.uploads.queue();
    await tell(id, upload({ imageId }));
    await nudge(id);
    expect(await eventsOf(id, 'VolumeUploadFailed')).toMatchObject([{ data: { failure: { code: 'backend.failed' } } }]);
    expect(house.uploads.records.has(imageId)).toBe(false);
  });

  test('is seen to what it left with the image service all the same', async () => {
    const id = await onGone();
    const { id: imageId } = house.uploads.queue();
    await tell(id, upload({ imageId }));
    await tell(id, { do: 'ResetStatus', status: 'available' });
    await nudge(id);
    expect(house.uploads.records.has(imageId)).toBe(false);
    expect(await eventsOf(id, 'VolumeUploadSettled')).toHaveLength(1);
  });
});
