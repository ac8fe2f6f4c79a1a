import { constants, inflateRawSync } from 'node:zlib';
import type { DecodeFailed, PackedRegion, Region } from '../decoder';
import { prepareZstd, unzstd } from './unzstd';

export type Unpacked = { readonly status: 'unpacked'; readonly region: Region } | DecodeFailed;

/** Has to end on a thread before `unpackRegion` is called there. Does its work once. */
export async function prepareUnpacking(): Promise<void> {
  await prepareZstd();
}

/**
 * Unpacks one compressed cluster. Its stretch of the file is longer than the stream in it: what follows the stream
 * is not looked at. More than one cluster is never produced, whatever the stream says; nothing a file holds makes it
 * throw.
 *
 * @returns the region, in a new buffer; or problem `corrupt-data`, when it is not exactly one cluster
 * @throws Error when `prepareUnpacking` has not ended yet and the cluster is one of zstd
 */
export function unpackRegion(region: PackedRegion): Unpacked {
  const { clusterSizeBytes, compression, offset, lengthBytes } = region;
  const unpack = compression === 'zstd' ? unzstd : tryInflate;
  const cluster = unpack(region.packed, clusterSizeBytes);
  if (cluster?.length !== clusterSizeBytes) {
    const place = `byte ${region.fileOffset} (${region.packed.length} bytes, for the disk from byte ${offset} on)`;
    const detail = `the compressed cluster at ${place} (${compression}) does not unpack to ${clusterSizeBytes} bytes`;
    return { status: 'failed', problem: { code: 'corrupt-data', detail } };
  }
  return { status: 'unpacked', region: { offset, bytes: cluster.subarray(0, lengthBytes) } };
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
