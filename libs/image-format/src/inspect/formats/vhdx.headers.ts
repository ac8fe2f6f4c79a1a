import type { Check } from '../failed-check';
import { holds } from './bytes';
import { crc32c } from './crc32c';

export const headerBytes = 4096;
/** Two copies: the one that was not being written when a machine stopped is whole. */
export const headerOffsets = [64 * 1024, 128 * 1024];

/** Where a header, a table of regions and an entry of the log keep their checksum. */
export const checksumAt = 4;

/** The checksum covers the bytes as if it were zero itself. */
export function hasRightChecksum(bytes: Buffer): boolean {
  const blanked = Buffer.from(bytes);
  blanked.writeUInt32LE(0, checksumAt);
  return crc32c(blanked) === bytes.readUInt32LE(checksumAt);
}

export const checkHeaders: readonly Check<readonly Buffer[]>[] = [
  [
    'version',
    (headers) =>
      headers.some((header) => isHeader(header)) ? undefined : 'neither of its two headers is a whole one of version 1',
  ],
];

function isHeader(header: Buffer): boolean {
  return holds(header, 0, 'head') && header.readUInt16LE(66) === 1 && hasRightChecksum(header);
}
