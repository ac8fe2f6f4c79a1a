import { canClone, canSnapshot, type ObjectRef, type SnapshotRef } from '@hearth/driver-api';
import type { VolumeId } from '@hearth/kernel';
import { askBackend } from '../host/ask-backend';
import { type Pool, objectOf } from '../pools/pool';
import { connectedTo } from './objects-of';
import { KnownVolume } from './known-volume';
import type { StepWork } from './step-work';
import { inTurnOfWriting } from './turns';

export interface CloneOrder {
  readonly source: VolumeId;
  readonly target: ObjectRef;
  readonly sizeGib: number;
  /** The source is read by way of a snapshot of this name where it is in use; it is gone afterwards. */
  readonly passingSnapshot: string;
}

/** Whether a volume of this pool can be cloned; while it is in use that takes a snapshot that may be taken then. */
export function canCloneVolumes({ backend: { driver } }: Pool, { inUse }: { readonly inUse: boolean }): boolean {
  if (!canClone(driver)) return false;
  return !inUse || (canSnapshot(driver) && driver.capabilities.snapshotsInUse);
}

/**
 * Makes an object of the bytes that a volume has at one moment, while nothing else is done to that. The volume may be in use where
 * `canCloneVolumes` says so. Throws the driver's errors, or the signal's reason.
 */
export async function cloneVolume(work: Omit<StepWork, 'volume'>, order: CloneOrder): Promise<void> {
  const { host, pool, signal } = work;
  const { source, target, sizeGib, passingSnapshot } = order;
  const { driver, lanes } = pool.backend;
  if (!canClone(driver)) throw new TypeError(`the driver of ${pool.ref} does not clone`);
  await inTurnOfWriting(host, source, async () => {
    const object = objectOf(pool, source);
    const { state } = await KnownVolume.read(host.store, source);
    const passing: SnapshotRef = { object, name: passingSnapshot };
    const ask = (clone: () => Promise<unknown>) =>
      askBackend(host.retryWaitsMs, signal, () => lanes.clone(object.name, clone));
    if (connectedTo(state).length === 0 || !canSnapshot(driver)) {
      await ask(() => driver.clone(object, target, sizeGib));
      // A process before this one may have read it by way of a snapshot, and died before that was gone.
      if (canSnapshot(driver)) await askBackend(host.retryWaitsMs, signal, () => driver.removeSnapshot(passing));
      return;
    }
    await askBackend(host.retryWaitsMs, signal, () => driver.createSnapshot(passing));
    try {
      await ask(() => driver.cloneSnapshot(passing, target, sizeGib));
    } finally {
      await askBackend(host.retryWaitsMs, signal, () => driver.removeSnapshot(passing));
    }
  });
}
