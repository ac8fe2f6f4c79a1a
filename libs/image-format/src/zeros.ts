import type { Region } from './decoder';

const zeros = Buffer.alloc(64 * 1024);

/** True when every byte is zero. Compares 64 KiB at a time with a block of zeros; other data leaves at its first byte. */
export function isZero(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at += zeros.length) {
    const length = Math.min(zeros.length, bytes.length - at);
    if (bytes.compare(zeros, 0, length, at, at + length) !== 0) return false;
  }
  return true;
}

/**
 * The parts of a region that hold anything but zeros, in order. Blocks are aligned on the disk, not on the region,
 * so that a hole left in a file is one the file system can keep.
 *
 * @param granularityBytes size of a block: a power of two, 4 KiB to 64 KiB. A block is kept or left out as a whole.
 * @returns views on the region's bytes; neighbouring blocks that are kept come as one.
 */
export function splitNonZero(region: Region, granularityBytes: number): Region[] {
  if (!isGranularity(granularityBytes)) {
    throw new RangeError(`the granularity ${granularityBytes} is not a power of two from 4096 to 65536 bytes`);
  }
  const { offset, bytes } = region;
  const kept: Region[] = [];
  let keptFrom = -1;
  let at = 0;
  while (at < bytes.length) {
    const next = Math.min(bytes.length, at + granularityBytes - ((offset + at) % granularityBytes));
    const empty = bytes.compare(zeros, 0, next - at, at, next) === 0;
    if (empty && keptFrom >= 0) {
      kept.push({ offset: offset + keptFrom, bytes: bytes.subarray(keptFrom, at) });
      keptFrom = -1;
    }
    if (!empty && keptFrom < 0) keptFrom = at;
    at = next;
  }
  if (keptFrom >= 0) kept.push({ offset: offset + keptFrom, bytes: bytes.subarray(keptFrom) });
  return kept;
}

function isGranularity(sizeBytes: number): boolean {
  return sizeBytes >= 4096 && sizeBytes <= zeros.length && (sizeBytes & (sizeBytes - 1)) === 0;
}
