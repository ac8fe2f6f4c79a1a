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
