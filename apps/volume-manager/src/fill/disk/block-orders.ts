import type { DecodeProblem, PackedRegion } from '@hearth/image-format';

/** A compressed piece of a block: unpacked to the place `at` in it. */
export type PackedPart = Omit<PackedRegion, 'packed'> & { readonly packed: Uint8Array; readonly at: number };

/** A stretch of a block, in bytes from its start. */
export interface Run {
  readonly at: number;
  readonly length: number;
}

/** What a thread is to do with one block, which lies in shared memory and is the thread's until it answers. */
export interface BlockOrder {
  readonly id: number;
  readonly memory: SharedArrayBuffer;
  readonly offset: number;
  /** 1 MiB, less at the disk's end. */
  readonly length: number;
  readonly packed: readonly PackedPart[];
  /** Whole units of so many bytes are worth writing or leaving out. */
  readonly unitBytes: number;
}

export interface BlockDone {
  readonly id: number;
  /** Stretches that hold data, in whole units. */
  readonly runs: readonly Run[];
  /** See `blockDigest`. */
  readonly digest: Uint8Array | undefined;
  /** Set when a packed part cannot be unpacked; then nothing else is true. */
  readonly problem: DecodeProblem | undefined;
}

/** What a thread is to compress: stretches of shared memory, which is the thread's until it answers. */
export interface PackOrder {
  readonly id: number;
  readonly memory: SharedArrayBuffer;
  readonly stretches: readonly Run[];
}

export interface PackDone {
  readonly id: number;
  /** Each stretch as a raw deflate stream. */
  readonly packed: readonly Uint8Array[];
}
