import type { UserId } from '@hearth/kernel';
import { randomUUID } from 'node:crypto';
import { FlakyDriver } from '../testing/flaky-driver';
import { TestHouse } from '../testing/test-house';
import { snapshot, volumeWork } from '../testing/volume-work';

let house: TestHouse;
let flaky: FlakyDriver;
const { tell, done, made, write, read, eventsOf, failureIn } = volumeWork(() => house);

beforeEach(async () => {
  flaky = new FlakyDriver();
  house = await TestHouse.open({ wrap: (_, driver) => flaky.wrap(driver) });
});
afterEach(() => house.close());

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
