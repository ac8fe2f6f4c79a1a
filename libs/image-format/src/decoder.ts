/** A piece of the guest's disk that holds data. What no region covers reads as zeros. */
export interface Region {
  /** Where the piece lies on the guest's disk, in bytes. */
  readonly offset: number;
  /**
   * The data: a view on the chunk that was pushed, or a buffer the decoder made and will not touch again.
   * It is valid for as long as the owner of the pushed chunk leaves that memory alone.
   */
  readonly bytes: Buffer;
}

/** How a qcow2 file compresses its clusters. */
export type Compression = 'zlib' | 'zstd';

/**
 * A piece of the guest's disk as it stands in the file: compressed. `unpackRegion` makes the data of it; it may do
 * so on any thread and at any time, as nothing else depends on its outcome.
 */
export interface PackedRegion {
  /** Where the piece lies on the guest's disk, in bytes. */
  readonly offset: number;
  /** Bytes of the disk it stands for: one cluster, cut at the end of the disk. */
  readonly lengthBytes: number;
  /** Bytes it must unpack to, neither more nor less: one cluster of the file. */
  readonly clusterSizeBytes: number;
  readonly compression: Compression;
  /**
   * The compressed stream, with up to a cluster of other bytes behind it. A view on chunks that were pushed, or a
   * buffer the decoder made and will not touch again: valid like the bytes of a `Region`.
   */
  readonly packed: Buffer;
  /** Where `packed` begins in the file, in bytes. */
  readonly fileOffset: number;
}

/** What a decoder hands out. `'packed' in region` tells which. */
export type DecodedRegion = Region | PackedRegion;

/**
 * Why a file cannot be decoded at all.
 * - `header`: the header is not one we accept; the inspector would have refused it.
 * - `truncated`: something that is needed lies at or past the end of the file.
 * - `corrupt-table`: a mapping table holds an entry no valid file has.
 * - `corrupt-data`: a compressed cluster does not unpack to exactly one cluster.
 */
export type DecodeProblemCode = 'header' | 'truncated' | 'corrupt-table' | 'corrupt-data';

export interface DecodeProblem {
  readonly code: DecodeProblemCode;
  /** A sentence that names what is wrong and where, in bytes of the file. */
  readonly detail: string;
}

export type NeedsSpool = { readonly status: 'needs-spool'; readonly reason: string };
export type DecodeFailed = { readonly status: 'failed'; readonly problem: DecodeProblem };
export type DecodeFinished = {
  readonly status: 'finished';
  readonly regions: readonly DecodedRegion[];
  readonly virtualSizeBytes: number;
};

/**
 * What one push brought.
 * - `decoding`: regions to write now. With `more` set there is more of the bytes that came: `next` gives it, and must be called until
 *   `more` is not set before anything else is. Without it more bytes are expected.
 * - `finished`: the last regions, and the size of the guest's disk. Only `end`, and `next` behind it, answer so.
 * - `needs-spool`: the file is in order, but not laid out to be read in one pass: store it whole and decode the
 *   stored file. Regions handed out before are right and may stay.
 * - `failed`: the file cannot be decoded, now or later.
 *
 * One step holds some thousand regions at most, and some MiB that were copied, however much a few bytes of a file stand for.
 * The last two are final: every later call answers the same, and regions of the call that found it are dropped.
 */
export type DecodeStep =
  | { readonly status: 'decoding'; readonly regions: readonly DecodedRegion[]; readonly more?: true }
  | DecodeFinished
  | NeedsSpool
  | DecodeFailed;

/**
 * Turns the bytes of an image file, given once and in order, into the data of the guest's disk.
 *
 * Regions come in the order of the file, which need not be the order of the disk; no byte of the disk comes twice,
 * so one file never yields more than `virtualSizeBytes`. Nothing here throws because of what a file holds.
 */
export interface ImageDecoder {
  /** Size of the guest's disk in bytes: undefined until the header has been read (for raw: until the end). */
  readonly virtualSizeBytes: number | undefined;
  /** Takes the next bytes of the file; a chunk may have any size. Throws when the step before had `more`. */
  push(chunk: Buffer): DecodeStep;
  /** What a step with `more` has left. */
  next(): DecodeStep;
  /** Says that the file has ended. Throws when the step before had `more`. */
  end(): DecodeStep;
}
