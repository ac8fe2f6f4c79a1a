import type { PackedRegion } from '../decoder';
import type { Qcow2Header } from './header';
import type { DeflatedExtent } from './tables';

/**
 * One compressed cluster, as it is handed out.
 *
 * @param packed the extent's bytes, or as many of them as the file has
 */
export function packedRegion(packed: Buffer, extent: DeflatedExtent, header: Qcow2Header): PackedRegion {
  const { clusterSizeBytes, virtualSizeBytes, compression } = header;
  return {
    offset: extent.guest,
    lengthBytes: Math.min(clusterSizeBytes, virtualSizeBytes - extent.guest),
    clusterSizeBytes,
    compression,
    packed,
    fileOffset: extent.host,
  };
}
