// The bytes of an empty qcow2 overlay. They are written here because `qemu-img create` costs 25 to 50 ms and a process for
// each clone, a hundred times what the file itself costs. The layout is that of the qcow2 specification, version 3:
// cluster 0 header, 1 refcount table, 2 refcount block, 3 and following the level-1 table, all zero ("ask the base").

const clusterBits = 16;
const clusterBytes = 2 ** clusterBits;
const headerBytes = 104;
/** Bytes that one level-1 entry stands for: a table of clusterBytes / 8 clusters. */
const bytesPerL1Entry = clusterBytes * (clusterBytes / 8);
/** QEMU refuses a level-1 table of more than 32 MiB. */
export const overlaySizeBytesMax = ((32 * 2 ** 20) / 8) * bytesPerL1Entry;

const magic = 0x514649fb;
const backingFormatExtension = 0xe2792aca;

export interface OverlayBytes {
  /** The file's length; what is not among the pieces is zero. */
  readonly lengthBytes: number;
  readonly pieces: readonly { readonly offset: number; readonly bytes: Buffer }[];
}

/** An overlay of `sizeBytes` over the raw file `baseName` in the same directory. */
export function emptyOverlay(baseName: string, sizeBytes: number): OverlayBytes {
  const l1Entries = Math.ceil(sizeBytes / bytesPerL1Entry);
  const clusters = 3 + Math.ceil((l1Entries * 8) / clusterBytes);
  return {
    lengthBytes: clusters * clusterBytes,
    pieces: [
      { offset: 0, bytes: header(baseName, sizeBytes, l1Entries) },
      { offset: clusterBytes, bytes: u64(2 * clusterBytes) },
      { offset: 2 * clusterBytes, bytes: Buffer.from(Array.from({ length: clusters }, () => [0, 1]).flat()) },
    ],
  };
}

/** The size a guest sees of an overlay, from the first 32 bytes of its file; undefined when they are not a qcow2 header. */
export function overlaySizeBytes(start: Uint8Array): number | undefined {
  const view = Buffer.from(start.buffer, start.byteOffset, start.byteLength);
  return view.length >= 32 && view.readUInt32BE(0) === magic ? Number(view.readBigUInt64BE(24)) : undefined;
}

function header(baseName: string, sizeBytes: number, l1Entries: number): Buffer {
  const name = Buffer.from(baseName, 'utf8');
  const extensions = Buffer.concat([u32(backingFormatExtension), u32(3), Buffer.from('raw\0\0\0\0\0'), u32(0), u32(0)]);
  const fields = Buffer.concat([
    u32(magic),
    u32(3), // version
    u64(headerBytes + extensions.length), // where the base's name stands
    u32(name.length),
    u32(clusterBits),
    u64(sizeBytes),
    u32(0), // not encrypted
    u32(l1Entries),
    u64(3 * clusterBytes), // level-1 table
    u64(clusterBytes), // refcount table
    u32(1), // its clusters
    u32(0), // internal snapshots
    u64(0), // their table
    u64(0), // incompatible features
    u64(0), // compatible features
    u64(0), // autoclear features
    u32(4), // refcounts of 2^4 bits
    u32(headerBytes),
  ]);
  return Buffer.concat([fields, extensions, name]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}
