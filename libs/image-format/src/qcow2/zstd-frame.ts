/** The bits of a frame's descriptor that matter here (RFC 8878, 3.1.1.1.1). */
const descriptorBit = { singleSegment: 0x20, reserved: 0x08, checksum: 0x04 };

const magic = 0xfd2fb528;
const blockType = { raw: 0, rle: 1, compressed: 2 };

export interface ZstdFrame {
  /** Bytes of the frame, its checksum included. */
  readonly lengthBytes: number;
  /** Bytes it says it unpacks to; undefined where it does not say. */
  readonly contentBytes: number | undefined;
}

/**
 * Finds where the zstd frame at the start of `bytes` ends, by walking its blocks: nothing is unpacked.
 * Undefined for anything that is not one whole frame: other data, a skippable frame, one that is cut short or that
 * needs a dictionary.
 */
export function findZstdFrame(bytes: Buffer): ZstdFrame | undefined {
  if (bytes.length < 6 || bytes.readUInt32LE(0) !== magic) return undefined;
  const descriptor = bytes.readUInt8(4);
  const dictionaryIdBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  if ((descriptor & descriptorBit.reserved) !== 0 || dictionaryIdBytes > 0) return undefined;
  const isSingleSegment = (descriptor & descriptorBit.singleSegment) !== 0;
  const sizeAt = isSingleSegment ? 5 : 6;
  const sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  if (sizeAt + sizeBytes > bytes.length) return undefined;
  const blocksEnd = findBlocksEnd(bytes, sizeAt + sizeBytes);
  if (blocksEnd === undefined) return undefined;
  const lengthBytes = blocksEnd + ((descriptor & descriptorBit.checksum) === 0 ? 0 : 4);
  return lengthBytes > bytes.length
    ? undefined
    : { lengthBytes, contentBytes: readContentBytes(bytes, sizeAt, sizeBytes) };
}

function readContentBytes(bytes: Buffer, at: number, sizeBytes: number): number | undefined {
  switch (sizeBytes) {
    case 1:
      return bytes.readUInt8(at);
    case 2:
      return bytes.readUInt16LE(at) + 256;
    case 4:
      return bytes.readUInt32LE(at);
    case 8:
      return Number(bytes.readBigUInt64LE(at));
    default:
      return undefined;
  }
}

/** Every block takes at least its three bytes of header, so the walk ends after as many steps as there are bytes. */
function findBlocksEnd(bytes: Buffer, from: number): number | undefined {
  for (let at = from; at + 3 <= bytes.length;) {
    const header = bytes.readUIntLE(at, 3);
    const type = (header >> 1) & 3;
    if (type > blockType.compressed) return undefined;
    at += 3 + (type === blockType.rle ? 1 : header >> 3);
    if ((header & 1) === 1) return at > bytes.length ? undefined : at;
  }
  return undefined;
}
