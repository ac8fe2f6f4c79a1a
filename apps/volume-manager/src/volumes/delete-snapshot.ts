import type { Snapshot } from '@hearth/domain';
import { canSnapshot } from '@hearth/driver-api';
import { snapshotOf } from './objects-of';
import { type Done, type StepWork, attempt, unsupported } from './step-work';

/** Removes a snapshot from the backend. */
export async function deleteSnapshot(
  work: StepWork,
  { snapshot }: { readonly snapshot: Pick<Snapshot, 'id'> },
): Promise<void> {
  const { host, volume } = work;
  const { id: snapshotId } = snapshot;
  const done = await removeSnapshot(work, snapshotId);
  await volume.record(
    host,
    'failure' in done
      ? { do: 'RecordSnapshotDeletionFailure', snapshotId, failure: done.failure }
      : { do: 'RecordSnapshotDeleted', snapshotId },
  );
}

/** Absent is removed. */
export async function removeSnapshot(work: StepWork, snapshotId: string): Promise<Done<void>> {
  const { pool, volume } = work;
  const { driver } = pool.backend;
  if (!canSnapshot(driver)) return unsupported('remove a snapshot');
  return attempt(work, 'remove the snapshot', () => driver.removeSnapshot(snapshotOf(pool, volume.id, snapshotId)));
}
