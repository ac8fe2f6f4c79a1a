import type { Snapshot } from '@hearth/domain';
import { canSnapshot } from '@hearth/driver-api';
import { connectedTo, snapshotOf } from './objects-of';
import { type Done, type StepWork, attempt, unsupported } from './step-work';

/** Takes a snapshot of the volume; of one in use only where the backend can do that at one moment. */
export async function createSnapshot(work: StepWork, { snapshot }: { readonly snapshot: Snapshot }): Promise<void> {
  const { host, volume } = work;
  const { id: snapshotId } = snapshot;
  const done = await take(work, snapshot);
  await volume.record(
    host,
    'failure' in done
      ? { do: 'RecordSnapshotFailure', snapshotId, failure: done.failure }
      : { do: 'RecordSnapshotCreated', snapshotId },
  );
}

async function take(work: StepWork, { id, existing }: Snapshot): Promise<Done<void>> {
  const { pool, volume } = work;
  const { driver } = pool.backend;
  if (existing) return unsupported('take over a snapshot');
  if (!canSnapshot(driver)) return unsupported('take a snapshot');
  if (connectedTo(volume.state).length > 0 && !driver.capabilities.snapshotsInUse) {
    return unsupported('take a snapshot of the volume', 'while it is in use');
  }
  const ref = snapshotOf(pool, volume.id, id);
  const done = await attempt(work, 'take a snapshot', () => driver.createSnapshot(ref));
  if ('failure' in done) await attempt(work, 'remove what is left of a snapshot', () => driver.removeSnapshot(ref));
  return done;
}
