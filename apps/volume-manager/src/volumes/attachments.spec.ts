import type { VolumeCommand } from '@hearth/domain';
import { randomUUID } from 'node:crypto';
import { FlakyDriver } from '../testing/flaky-driver';
import { TestHouse } from '../testing/test-house';
import { attach, volumeWork } from '../testing/volume-work';

let house: TestHouse;
let flaky: FlakyDriver;
const { done, made } = volumeWork(() => house);

beforeEach(async () => {
  flaky = new FlakyDriver();
  house = await TestHouse.open({ wrap: (_, driver) => flaky.wrap(driver) });
});
afterEach(() => house.close());

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
