import { constants, inflateRawSync } from 'node:zlib';
import type { DecodeFailed, DecodeProblemCode, PackedRegion, Region } from '../decoder';

export type Unpacked = { readonly status: 'unpacked'; readonly region: Region } | DecodeFailed;

/**
 * Unpacks one compressed cluster. Its stretch of the file is longer than the stream in it: what follows the stream
 * is not looked at. More than one cluster is never produced, whatever the stream says; nothing is thrown.
 *
 * @returns the region, in a new buffer; or problem `corrupt-data`, when it is not exactly one cluster
 */
export function unpackRegion(region: PackedRegion): Unpacked {
  const { clusterSizeBytes, compression, offset, lengthBytes } = region;
  if (compression !== 'zlib') {
    return problem('unsupported-compression', `the image is compressed with ${compression}`);
  }
  const cluster = tryInflate(region.packed, clusterSizeBytes);
  if (cluster?.length !== clusterSizeBytes) {
    const place = `byte ${region.fileOffset} (${region.packed.length} bytes, for the disk from byte ${offset} on)`;
    return problem('corrupt-data', `the compressed cluster at ${place} does not unpack to ${clusterSizeBytes} bytes`);
  }
  return { status: 'unpacked', region: { offset, bytes: cluster.subarray(0, lengthBytes) } };
}

function problem(code: DecodeProblemCode, detail: string): DecodeFailed {
  return { status: 'failed', problem: { code, detail } };
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
