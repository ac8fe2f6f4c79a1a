import type { ObjectRef, VolumeDriver } from './volume-driver';

/** Taking over what lies in a pool and was not made by us, or was let go by us. */
export interface ManageCapable {
  /**
   * Everything in the pool that `adopt` would take, whatever its name: objects of ours too, since only the caller knows which of
   * them belong to volumes. No order. Throws `misconfigured` (no such pool), `unavailable`, `failed`.
   */
  listManageable(pool: string): AsyncIterable<ManageableObject>;

  /**
   * Nobody uses the source, and it belongs to no volume: the caller sees to that. After it, `target` is an object with the source's
   * bytes, of whole GiB (what was added reads as zeros), and the source's name is gone. When the source is not there and the target
   * is, that is the work of an earlier call. Throws `not-found` (neither is there), `exists` (the target is there, and is another one),
   * `busy` (the source is in use), `unavailable`, `failed` (a name that leads out of the pool, an image format that we do not take
   * as a disk's bytes, something with a backing file or snapshots).
   */
  adopt(pool: string, sourceName: string, target: ObjectRef): Promise<AdoptedObject>;
}

/** What could be taken over. */
export interface ManageableObject {
  /** What `adopt` is to be called with. */
  readonly sourceName: string;
  /** Whole GiB, rounded up. */
  readonly sizeGib: number;
}

export interface AdoptedObject {
  /** The size a guest sees, whole GiB. */
  readonly sizeGib: number;
}

export function canManage(driver: VolumeDriver): driver is VolumeDriver & ManageCapable {
  return 'adopt' in driver;
}
