import { canSnapshot } from '@hearth/driver-api';
import { snapshotOf } from './objects-of';
import { type StepWork, attempt, unsupported } from './step-work';

/** Gives the volume the bytes that it had when the snapshot was taken. */
export async function revertVolume(work: StepWork, { snapshotId }: { readonly snapshotId: string }): Promise<void> {
  const { host, pool, volume } = work;
  const { driver } = pool.backend;
  const doing = 'revert the volume to the snapshot';
  const done = canSnapshot(driver)
    ? await attempt(work, doing, () => driver.revertToSnapshot(snapshotOf(pool, volume.id, snapshotId)))
    : unsupported(doing);
  await volume.record(
    host,
    'failure' in done
      ? { do: 'RecordRevertFailure', snapshotId, failure: done.failure }
      : { do: 'RecordReverted', snapshotId },
  );
}
