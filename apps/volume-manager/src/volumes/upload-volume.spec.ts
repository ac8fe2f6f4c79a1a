import { eventually } from '@hearth/testing';
import { randomUUID } from 'node:crypto';
import { FlakyDriver } from '../testing/flaky-driver';
import { TestHouse } from '../testing/test-house';
import { attach, upload, volumeWork } from '../testing/volume-work';

let house: TestHouse;
let flaky: FlakyDriver;
const alive = new AbortController().signal;
const { tell, done, provisioned, made, read, eventsOf, failureIn, entries } = volumeWork(() => house);

beforeEach(async () => {
  flaky = new FlakyDriver();
  house = await TestHouse.open({ wrap: (_, driver) => flaky.wrap(driver) });
});
afterEach(() => house.close());

describe('an upload', () => {
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
