import { constants, inflateRawSync } from 'node:zlib';
import { fail } from '../decode-stop';
import type { Qcow2Header } from './header';
import type { DeflatedExtent } from './tables';

/**
 * Inflates one compressed cluster. Its stretch of the file is longer than the stream in it: what follows the stream
 * is not looked at. More than one cluster is never produced, whatever the stream says.
 *
 * @param bytes the extent's bytes, or as many of them as the file has
 * @returns a new buffer: the cluster, cut at the end of the guest's disk
 */
export function inflateCluster(bytes: Buffer, extent: DeflatedExtent, header: Qcow2Header): Buffer {
  const { clusterSizeBytes, virtualSizeBytes, compression } = header;
  if (compression !== 'zlib') fail('unsupported-compression', `the image is compressed with ${compression}`);
  const cluster = tryInflate(bytes, clusterSizeBytes);
  if (cluster === undefined || cluster.length !== clusterSizeBytes) {
    const cause = bytes.length < extent.length ? '; the file ends there' : '';
    fail(
      'corrupt-data',
      `the compressed cluster at byte ${extent.host} (guest byte ${extent.guest}) ` +
        `does not inflate to ${clusterSizeBytes} bytes${cause}`,
    );
  }
  return cluster.subarray(0, Math.min(clusterSizeBytes, virtualSizeBytes - extent.guest));
}

/** Undefined for bytes that are no deflate stream, and for a stream of more than `sizeBytes`. */
function tryInflate(bytes: Buffer, sizeBytes: number): Buffer | undefined {
  try {
    return inflateRawSync(bytes, {
      // A little more than a cluster: the end of the stream is then seen without a second, empty output block.
      chunkSize: sizeBytes + 64,
      maxOutputLength: sizeBytes,
      finishFlush: constants.Z_SYNC_FLUSH,
    });
  } catch {
    return undefined;
  }
}
