import type { ObjectReader, ObjectWriter } from './object-io';

/** Where an object lies: the pool's own name (what follows `#` in `host@backend#pool`) and the object's name in it. */
export interface ObjectRef {
  readonly pool: string;
  /** `volume-<uuid>`: letters, digits, `-`, `_` and `.`, at most 255 characters; a driver refuses anything else. */
  readonly name: string;
}

/** An object as the backend sees it. */
export interface BackendObject {
  readonly name: string;
  /** The size a guest sees, whole GiB. */
  readonly sizeGib: number;
  /** Bytes it takes up on the backend by itself, where that can be told; shared extents count for each that shares them. */
  readonly allocatedBytes: number | undefined;
}

/** A pool's room, in GiB as decimal numbers. */
export interface PoolCapacity {
  readonly pool: string;
  readonly totalGib: number;
  readonly freeGib: number;
  /** The sizes of all objects; of their snapshots too where the backend counts them. */
  readonly provisionedGib: number;
  readonly thin: boolean;
}

/** How a clone came to be, for people: `reflink`, `overlay`, `copy`, `rbd-clone`, … */
export type CloneMethod = string;

/**
 * One backend. Every method may be called again after a crash at any point and then ends as if it had been called once; calls
 * on different objects may run at the same time, calls on one object are the caller's to order. Only `DriverError` is thrown.
 */
export interface VolumeDriver {
  /** What the backend can do; constant once opened. */
  readonly capabilities: DriverCapabilities;

  /** The backend's pools and their room. Throws `unavailable`. */
  capacity(): Promise<readonly PoolCapacity[]>;

  /**
   * After it, the object exists, reads as zeros, and is `sizeGib` large. An object of that name and size that is there already is
   * taken as the work of an earlier call. Throws `full`, `exists` (another size), `unavailable`, `failed`.
   */
  createBlank(object: ObjectRef, sizeGib: number): Promise<void>;

  /**
   * After it, the object is not there, and its connections are ended; an object that was not there is success. Whoever orders a
   * removal has seen to it that nobody needs the object any more. Throws `busy`, `has-dependants` (its snapshots are still
   * there), `unavailable`, `failed`.
   */
  remove(object: ObjectRef): Promise<void>;

  /**
   * After it, the object is at least `toGib` large and what was added reads as zeros; a larger object stays as it is, and so do its
   * snapshots. Throws `not-found`, `full`, `busy` (in use, and this object cannot grow then: see `capabilities.extendsInUse`),
   * `unavailable`, `failed`.
   */
  extend(object: ObjectRef, toGib: number): Promise<void>;

  /** The object, or undefined when it is not there. */
  describe(object: ObjectRef): Promise<BackendObject | undefined>;

  /**
   * Every object of a pool that has the form of this driver's objects, remains of interrupted work included. A snapshot is no object;
   * what is left of the snapshots of an object that is gone stands under the object's name, until `remove`.
   */
  list(pool: string): AsyncIterable<BackendObject>;

  /**
   * Makes a new object of `sizeGib` and opens it for writing; whatever stood under that name (an interrupted attempt) is
   * replaced. Unwritten ranges read as zeros. Throws `full`, `unavailable`, `failed`.
   */
  openWriter(object: ObjectRef, sizeGib: number): Promise<ObjectWriter>;

  /**
   * Opens a whole object for reading, as it is now: nobody may write to it meanwhile. Throws `not-found` (one that is still being
   * written is not there yet), `unavailable`, `failed`.
   */
  openReader(object: ObjectRef): Promise<ObjectReader>;

  /** Releases what the driver holds open. */
  close(): Promise<void>;
}

export interface DriverCapabilities {
  /** Blocks are taken up when written, not when promised. */
  readonly thin: boolean;
  /** `clone` costs time that does not grow with the data, so that a cache pays. */
  readonly efficientClone: boolean;
  /** How clones are made here, as far as that is known beforehand. */
  readonly cloneMethod: CloneMethod;
  /** A removed source is kept by the backend until its last clone has gone (`false`: clones are wholly independent). */
  readonly cloneKeepsSource: boolean;
  /** A snapshot can be taken of an object that is connected and being written to. */
  readonly snapshotsInUse: boolean;
  /** An object can grow while it is connected, and who uses it can see the new size without connecting anew. */
  readonly extendsInUse: boolean;
  /** Several may write to one object at a time, each by an attachment of its own. */
  readonly multiattach: boolean;
  /** Clones of one source that may run at once. */
  readonly clonesAtOnceMax: number;
  /** Clones that one source bears as long as they are there; none is known unless told. */
  readonly clonesOfOneMax?: number;
  /**
   * Bytes that writes should be aligned to and multiples of, for speed; memory that begins at a page helps too. Zeros should be left
   * out in whole units of it and no smaller: where a clone shares extents, it costs time for each, and every hole makes one more.
   */
  readonly preferredWriteBytes: number;
  /** Facts that extra specs are matched against: `storage_protocol`, `vendor_name`, … */
  readonly facts: Readonly<Record<string, string | number | boolean>>;
}
