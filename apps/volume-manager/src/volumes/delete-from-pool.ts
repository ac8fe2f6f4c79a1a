import type { Failure } from '@hearth/contracts';
import { DriverError, canSnapshot } from '@hearth/driver-api';
import type { VolumeId } from '@hearth/kernel';
import { forgetKey } from '../encryption/forget-key';
import { askBackend } from '../host/ask-backend';
import { type Pool, objectOf } from '../pools/pool';
import { removeSnapshot } from './delete-snapshot';
import { driverFailure } from './driver-failure';
import type { KnownVolume } from './known-volume';
import { passingSnapshotOf } from './objects-of';
import { settleClaims } from './settle-claims';
import type { StepWork } from './step-work';

/**
 * Removes the snapshots that go with the volume, then its object. A backend that is away is asked again later, anything else it says ends
 * in error_deleting. The key of an encrypted volume goes when nothing is left that it opens.
 */
export async function deleteFromPool(
  work: StepWork,
  { snapshots }: { readonly snapshots: readonly string[] },
): Promise<void> {
  const { host, volume } = work;
  for (const snapshotId of snapshots) {
    const failure = await deleteSnapshotWithVolume(work, snapshotId);
    if (failure) return volume.record(host, { do: 'RecordDeletionFailure', failure });
  }
  const failure = await removeObject(work);
  if (failure) return volume.record(host, { do: 'RecordDeletionFailure', failure });
  await forgetKey(work, keyOf(volume));
  await volume.record(host, { do: 'RecordDeleted' });
  await settleClaims(host, volume);
}

function keyOf({ state }: KnownVolume): string | undefined {
  return state.status === 'absent' ? undefined : state.request.encryptionKeyId;
}

async function deleteSnapshotWithVolume(work: StepWork, snapshotId: string): Promise<Failure | undefined> {
  const { host, volume } = work;
  const done = await removeSnapshot(work, snapshotId);
  if ('failure' in done) {
    await volume.record(host, { do: 'RecordSnapshotDeletionFailure', snapshotId, failure: done.failure });
    return done.failure;
  }
  await volume.record(host, { do: 'RecordSnapshotDeleted', snapshotId });
  return undefined;
}

async function removeObject({ host, pool, volume, signal }: StepWork): Promise<Failure | undefined> {
  try {
    await askBackend(host.retryWaitsMs, signal, () => removeFromBackend(pool, volume.id));
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof DriverError && error.code === 'unavailable') throw error;
    host.log.error('a volume could not be removed from its pool', { volumeId: volume.id, pool: pool.ref, error });
    return driverFailure(error, 'remove the volume');
  }
}

/** A volume's object, and what reading it while it was in use may have left. Throws the driver's errors. */
export async function removeFromBackend(pool: Pool, volumeId: VolumeId): Promise<void> {
  const { driver } = pool.backend;
  if (canSnapshot(driver)) await driver.removeSnapshot(passingSnapshotOf(pool, volumeId));
  await driver.remove(objectOf(pool, volumeId));
}
