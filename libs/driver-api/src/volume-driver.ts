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
   * After it, the object is not there; an object that was not there is success. Throws `busy`, `has-dependants`,
   * `unavailable`, `failed`.
   */
  remove(object: ObjectRef): Promise<void>;

  /**
   * After it, the object is at least `toGib` large and what was added reads as zeros; a larger object stays as it is. Throws
   * `not-found`, `full`, `busy`, `unavailable`, `failed`.
   */
  extend(object: ObjectRef, toGib: number): Promise<void>;

  /** The object, or undefined when it is not there. */
  describe(object: ObjectRef): Promise<BackendObject | undefined>;

  /** Every object of a pool that has the form of this driver's objects, remains of interrupted work included. */
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

/** One object being written by one caller. */
export interface ObjectWriter {
  /**
   * Stores `bytes` at `offset`; several writes may be under way at once if they do not overlap. The buffer may be used again when
   * the promise settles. Throws `full`, `failed`.
   */
  write(offset: number, bytes: Uint8Array): Promise<void>;
  /** Fills the whole of `target` with what was written at `offset` so far; zeros where nothing was. Throws `failed`. */
  read(offset: number, target: Uint8Array): Promise<void>;
  /** Makes what was written durable and closes the object. Only after it is the object a whole one. */
  finish(): Promise<void>;
  /** Closes and removes the object; never throws for an object that is already gone. */
  abort(): Promise<void>;
  /**
   * Makes the object's first bytes those of the whole local file at `path`, by sharing its storage instead of copying it, where the
   * backend can; later writes go over them, and the file may be removed at once. To be called before anything was written.
   * `false`: not possible for this file here, and the object is as empty as before. Throws `full`, `failed` (the file is not
   * there, is no regular file, or is larger than the object); the object is lost then.
   */
  takeFile?(path: string): Promise<boolean>;
}

/** A range of bytes of an object. */
export interface ObjectExtent {
  readonly offset: number;
  readonly length: number;
}

/**
 * One whole object being read. When the object is removed meanwhile, reading goes on or fails with `not-found`; it never gives
 * other bytes. Once closed, or its driver, everything but `close` fails with `failed`.
 */
export interface ObjectReader {
  /** The size a guest sees. */
  readonly sizeBytes: number;
  /**
   * Where data may lie: ascending, disjoint, inside the object. What lies outside reads as zeros; what lies inside may be zeros
   * too. Throws `not-found`, `busy` (somebody writes to the object), `unavailable`, `failed`.
   */
  extents(): AsyncIterable<ObjectExtent>;
  /**
   * Fills the whole of `target` with the bytes from `offset` on; several reads may be under way at once. Throws `not-found`, `busy`,
   * `unavailable`, `failed` (also for bytes past the end).
   */
  read(offset: number, target: Uint8Array): Promise<void>;
  /** Releases the object; a second time does nothing. */
  close(): Promise<void>;
}

/** The image cache is a capability: a driver without it downloads, and the passes skip its pools. */
export interface CloneCapable {
  /**
   * After it, `target` is an object of its own of `sizeGib` (at least the source's size) whose first bytes are the source's and
   * whose rest reads as zeros; source and target may be changed and removed independently from then on, as far as
   * `capabilities.cloneKeepsSource` says. An object already under the target's name is the work of an earlier call if it is
   * whole, and is replaced otherwise. Throws `not-found` (the source), `exists` (a whole target of another size), `full`,
   * `clone-limit`, `busy`, `unavailable`, `failed`.
   */
  clone(source: ObjectRef, target: ObjectRef, sizeGib: number): Promise<CloneMethod>;
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
  /** Clones of one source that may run at once. */
  readonly clonesAtOnceMax: number;
  /**
   * Bytes that writes should be aligned to and multiples of, for speed; memory that begins at a page helps too. Zeros should be left
   * out in whole units of it and no smaller: where a clone shares extents, it costs time for each, and every hole makes one more.
   */
  readonly preferredWriteBytes: number;
  /** Facts that extra specs are matched against: `storage_protocol`, `vendor_name`, … */
  readonly facts: Readonly<Record<string, string | number | boolean>>;
}

export function canClone(driver: VolumeDriver): driver is VolumeDriver & CloneCapable {
  return 'clone' in driver;
}

/** What a driver is given to work with. */
export interface DriverEnvironment {
  /** Runs a program with an argument vector, never a shell; rejects with the exit code and the end of what it wrote. */
  readonly run: RunProgram;
  readonly log: DriverLog;
}

export type RunProgram = (
  argv: readonly [string, ...string[]],
  options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
) => Promise<{ readonly stdout: string; readonly stderr: string }>;

export interface DriverLog {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** A driver declares what it is; nothing registers by side effect. */
export interface DriverDefinition<Config> {
  readonly name: string;
  /** Parses the backend's own part of the configuration; throws an error that names the field. */
  readonly config: { parse(input: unknown): Config };
  open(config: Config, environment: DriverEnvironment): Promise<VolumeDriver>;
}

export function defineDriver<Config>(definition: DriverDefinition<Config>): DriverDefinition<Config> {
  return definition;
}
