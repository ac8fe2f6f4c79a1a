import {
  type CloneCapable,
  type CloneMethod,
  type ObjectRef,
  type SnapshotCapable,
  canClone,
  canSnapshot,
} from '@hearth/driver-api';
import type { VolumeId } from '@hearth/kernel';
import { askBackend } from '../host/ask-backend';
import { type Pool, objectOf } from '../pools/pool';
import { KnownVolume } from './known-volume';
import { connectedTo, passingSnapshotOf } from './objects-of';
import type { StepWork } from './step-work';
import { inTurnOfWriting } from './turns';

export interface CloneOrder {
  readonly source: VolumeId;
  readonly target: ObjectRef;
  readonly sizeGib: number;
}

/** Whether a volume of this pool can be cloned; while it is in use that takes a snapshot that may be taken then. */
export function canCloneVolumes({ backend: { driver } }: Pool, { inUse }: { readonly inUse: boolean }): boolean {
  if (!canClone(driver)) return false;
  return !inUse || (canSnapshot(driver) && driver.capabilities.snapshotsInUse);
}

/**
 * Makes an object of the bytes that a volume has at one moment, while nothing else is done to that. The volume may be in use where
 * `canCloneVolumes` says so: then it is read by way of a snapshot. Throws the driver's errors, or the signal's reason.
 */
export async function cloneVolume(work: Omit<StepWork, 'volume'>, order: CloneOrder): Promise<CloneMethod> {
  const { host, pool, signal } = work;
  const { source, target, sizeGib } = order;
  const { driver, lanes } = pool.backend;
  if (!canClone(driver)) throw new TypeError(`the driver of ${pool.ref} does not clone`);
  const object = objectOf(pool, source);
  return inTurnOfWriting(host, source, async () => {
    const { state } = await KnownVolume.read(host.store, source);
    if (connectedTo(state).length > 0 && canSnapshot(driver)) return cloneInUse(work, driver, order);
    return askBackend(host.retryWaitsMs, signal, () =>
      lanes.clone(object.name, () => driver.clone(object, target, sizeGib)),
    );
  });
}

/**
 * A snapshot that an earlier attempt left is of an earlier moment, and goes first. One that cannot be removed stays for now: it goes
 * before the next one is taken, or with the volume.
 */
async function cloneInUse(
  { host, pool, signal }: Omit<StepWork, 'volume'>,
  driver: CloneCapable & SnapshotCapable,
  { source, target, sizeGib }: CloneOrder,
): Promise<CloneMethod> {
  const passing = passingSnapshotOf(pool, source);
  const ask = <Result>(work: () => Promise<Result>) => askBackend(host.retryWaitsMs, signal, work);
  await ask(() => driver.removeSnapshot(passing));
  await ask(() => driver.createSnapshot(passing));
  try {
    return await ask(() =>
      pool.backend.lanes.clone(passing.object.name, () => driver.cloneSnapshot(passing, target, sizeGib)),
    );
  } finally {
    await ask(() => driver.removeSnapshot(passing)).catch((error: unknown) => {
      host.log.warn('a snapshot that was only taken to be read stays for now', { ...passing, pool: pool.ref, error });
    });
  }
}
