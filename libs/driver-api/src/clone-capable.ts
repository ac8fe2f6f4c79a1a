import type { CloneMethod, ObjectRef, VolumeDriver } from './volume-driver';

/** The image cache needs it: a driver without it downloads, and the passes skip its pools. */
export interface CloneCapable {
  /**
   * The source is whole, and nobody writes to it until the call has ended: the caller sees to that. It may be an image-volume or any other
   * object, a clone itself too.
   *
   * After it, `target` is an object of its own of `sizeGib` (at least the source's size) whose first bytes are the source's and
   * whose rest reads as zeros; source and target may be changed and removed independently from then on, as far as
   * `capabilities.cloneKeepsSource` says. An object already under the target's name is the work of an earlier call if it is
   * whole, and is replaced otherwise. Throws `not-found` (the source), `exists` (a whole target of another size), `full`,
   * `clone-limit`, `busy`, `unavailable`, `failed`.
   */
  clone(source: ObjectRef, target: ObjectRef, sizeGib: number): Promise<CloneMethod>;
}

export function canClone(driver: VolumeDriver): driver is VolumeDriver & CloneCapable {
  return 'clone' in driver;
}
