import { createHash } from 'node:crypto';
import { type DecodedRegion } from '@hearth/image-format';
import { require } from '../engine/target';

/** Beyond it only the places of data are compared, not the data: a small file can map a large disk. */
const comparedBytesMax = 8 * 1024 * 1024;

/** Size of what a region stands for on the disk, in bytes. */
export const lengthOf = (region: DecodedRegion) => ('packed' in region ? region.lengthBytes : region.bytes.length);

/**
 * What regions make of a disk, as one value that does not depend on their order or on how they were cut.
 * Requires that they lie inside the disk and that no byte of it comes twice.
 */
export function diskMap(regions: readonly DecodedRegion[], virtualSizeBytes: number): string {
  const sorted = [...regions].sort((a, b) => a.offset - b.offset);
  const total = sorted.reduce((sum, region) => sum + lengthOf(region), 0);
  const hash = createHash('sha256');
  const isCompared = total <= comparedBytesMax;
  let end = 0;
  for (const region of sorted) {
    const { offset } = region;
    const length = lengthOf(region);
    require(length > 0, () => `an empty region at ${offset}`);
    require(offset >= end, () => `regions overlap at ${offset}: the one before ends at ${end}`);
    if ('packed' in region) {
      const { packed, compression, clusterSizeBytes, fileOffset } = region;
      require(length <= clusterSizeBytes, () => `a packed region at ${offset} is larger than a cluster`);
      require(packed.length <= 2 * clusterSizeBytes, () => `a packed region at ${offset} takes ${packed.length} bytes`);
      hash.update(`packed ${offset} ${length} ${compression} ${fileOffset} ${packed.length}\n`);
      if (isCompared) hash.update(packed);
    } else {
      if (offset > end || end === 0) hash.update(`data ${offset}\n`);
      if (isCompared) hash.update(region.bytes);
    }
    end = offset + length;
  }
  require(end <= virtualSizeBytes, () => `a region ends at ${end}, behind the disk of ${virtualSizeBytes} bytes`);
  return `${total} ${hash.digest('hex')}`;
}
