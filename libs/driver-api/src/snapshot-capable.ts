import type { CloneMethod, ObjectRef, VolumeDriver } from './volume-driver';

/** Where a snapshot lies: the object it was taken of, and its own name. */
export interface SnapshotRef {
  readonly object: ObjectRef;
  /** `snapshot-<uuid>`: the characters and the length of an object's name; a driver refuses anything else. */
  readonly name: string;
}

/**
 * Snapshots stay on the backend, beside their object. What is promised of objects holds of them too: every call may come again after a
 * crash; calls on one object and its snapshots are the caller's to order.
 */
export interface SnapshotCapable {
  /**
   * After it, the snapshot has the bytes and the size that the object had at one moment during the call, as a power failure would
   * have left them; nothing that is done to the object later changes it. A whole snapshot of that name is the work of an earlier
   * call and stays as it is. Throws `not-found` (the object), `busy` (the object is in use and the backend cannot do it at one moment:
   * see `capabilities.snapshotsInUse`), `full`, `clone-limit`, `unavailable`, `failed`.
   */
  createSnapshot(snapshot: SnapshotRef): Promise<void>;

  /**
   * After it, the snapshot is not there; one that was not there is success, whether or not its object is there. The object, its other
   * snapshots, and clones that were made of this one keep their bytes. Throws `has-dependants` (where clones need their
   * snapshot), `busy`, `unavailable`, `failed`.
   */
  removeSnapshot(snapshot: SnapshotRef): Promise<void>;

  /**
   * Nobody uses the object. After it, the object has the snapshot's bytes and the size it has now: what it has grown since then reads
   * as zeros. All its snapshots stay, this one and newer ones too. An object is reverted as a whole or not at all. Throws
   * `not-found` (the object or the snapshot), `busy` (in use), `full`, `unavailable`, `failed`.
   */
  revertToSnapshot(snapshot: SnapshotRef): Promise<void>;

  /**
   * As `CloneCapable.clone`, with a snapshot as the source: the target outlives the snapshot as far as `removeSnapshot` says.
   * Throws `not-found` (the snapshot), `exists` (a whole target of another size), `full`, `clone-limit`, `busy`, `unavailable`, `failed`
   * (also for less than the snapshot's size).
   */
  cloneSnapshot(snapshot: SnapshotRef, target: ObjectRef, sizeGib: number): Promise<CloneMethod>;

  /** The snapshot, or undefined when it is not there; one that is not whole is not there. Throws `unavailable`, `failed`. */
  describeSnapshot(snapshot: SnapshotRef): Promise<BackendSnapshot | undefined>;
}

/** A snapshot as the backend sees it. */
export interface BackendSnapshot {
  /** The size of the object when it was taken, whole GiB. */
  readonly sizeGib: number;
}

export function canSnapshot(driver: VolumeDriver): driver is VolumeDriver & SnapshotCapable {
  return 'createSnapshot' in driver;
}
