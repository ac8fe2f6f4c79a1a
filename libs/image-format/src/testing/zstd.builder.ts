const blockBytesMax = 128 * 1024;

export interface ZstdFrameSpec {
  /** What the frame says of its content's size, in bytes; `null` lets it say nothing. The truth unless told. */
  claimedBytes?: bigint | null;
  /** Adds the flag of a checksum, and these four bytes after the blocks. */
  checksum?: Buffer;
  /** Sets further bits of the descriptor. */
  descriptor?: number;
}

/** A zstd frame without a compressor: a block that repeats one byte stands as that byte, every other as it is. */
export function buildZstdFrame(bytes: Buffer, spec: ZstdFrameSpec = {}): Buffer {
  const { claimedBytes = BigInt(bytes.length), checksum, descriptor = 0 } = spec;
  const sizeFlag = claimedBytes === null ? 0 : 0xc0;
  const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, sizeFlag | descriptor | (checksum ? 0x04 : 0)]);
  // A window of 8 MiB, larger than any cluster.
  const window = Buffer.from([0x68]);
  const size = Buffer.alloc(claimedBytes === null ? 0 : 8);
  if (claimedBytes !== null) size.writeBigUInt64LE(claimedBytes);
  return Buffer.concat([head, window, size, ...blocksOf(bytes), checksum ?? Buffer.alloc(0)]);
}

function blocksOf(bytes: Buffer): Buffer[] {
  const blocks: Buffer[] = [];
  for (let at = 0; at === 0 || at < bytes.length; at += blockBytesMax) {
    const content = bytes.subarray(at, at + blockBytesMax);
    const isLast = at + blockBytesMax >= bytes.length;
    const isOneByte = content.length > 0 && content.equals(Buffer.alloc(content.length, content[0]));
    const header = Buffer.alloc(3);
    header.writeUIntLE((content.length << 3) | (isOneByte ? 2 : 0) | (isLast ? 1 : 0), 0, 3);
    blocks.push(header, isOneByte ? content.subarray(0, 1) : content);
  }
  return blocks;
}

/** A frame that readers of zstd are meant to pass over. */
export function buildSkippableFrame(content: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(0x184d2a50, 0);
  head.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, content]);
}

/** 4,096 bytes of text, and the frame the reference implementation makes of them: Huffman codes and sequences. */
export const compressedSample = {
  bytes: Buffer.from(Array.from({ length: 300 }, (_, index) => `the quick brown fox ${index}; `).join('')).subarray(
    0,
    4096,
  ),
  packed: Buffer.from(
    [
      'KLUv/WAADz0HACaQJBiQKWkNQNMvDjV9PTN9O2RvKaWUx6y7oAcoACUAEgBVRUREREQ0MzMzM/N/UchZ0TwgxqEhMXA4YEgkABwM',
      'AgoWEA4CBAoB4ziORVEURVEURVFKKaWUUgohhBBCCCF3d3d3d2ZmZmZmVVVVFSmllNI555xzzjn//38cx3EcA/fee++91lprrbXW',
      '1lprrbXWSimlgKioEXD6/mfAo+oRrBD8CAHED////////3/////3///7PvP5nup5nvH8znZeZ/o8dm22rbotuzW77pzkHCc4vdnN',
      'NrF5TfUVDRONGY2xdF1bFQ==',
    ].join(''),
    'base64',
  ),
};
