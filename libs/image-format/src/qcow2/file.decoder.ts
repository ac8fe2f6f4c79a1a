import { DecodeStop, fail } from '../decode-stop';
import type { DecodedRegion, DecodeFailed } from '../decoder';
import { requireInFile, requireTablesApart } from './file-bounds';
import { readQcow2Header, smallestHeaderBytes, type Qcow2Header } from './header';
import { packedRegion } from './packed-region';
import { planReads, type PlannedRead } from './read-plan';
import { locateL1, readL1, readL2, type Extent, type Mapping } from './tables';

/** A file that can be read anywhere. */
export interface ByteSource {
  readonly sizeBytes: number;
  /**
   * The `length` bytes from `offset` on; fewer only where the file ends. The buffer may be used again for the next
   * read, which is asked for only when everything of this one has been handed on.
   * What it throws passes through the decoder unchanged.
   */
  read(offset: number, length: number): Promise<Buffer>;
}

export type FileDecodeResult = { readonly status: 'finished'; readonly virtualSizeBytes: number } | DecodeFailed;

/**
 * Decodes a stored qcow2 file, however it is laid out. Same regions as the one-pass decoder, in another order:
 * by L2 table, and within some thousands of its entries in the order of the file.
 *
 * @param onRegion takes one region. Its `bytes` are a view on what `read` gave and valid until the promise settles;
 *   its `packed` bytes are its own.
 */
export async function decodeQcow2File(
  source: ByteSource,
  onRegion: (region: DecodedRegion) => void | Promise<void>,
): Promise<FileDecodeResult> {
  try {
    const header = await readHeader(source);
    const l1 = locateL1(header);
    if (!l1) return { status: 'finished', virtualSizeBytes: 0 };
    // A copy: the table is read on while the source reads other parts of the file.
    const l1Table = Buffer.from(await readWhole(source, l1, header));
    requireTablesApart(l1Table, header);
    for (const table of readL1(l1Table, header)) {
      const l2Table = Buffer.from(await readWhole(source, table, header));
      for (const mappings of inBatches(readL2(l2Table, table.guest, header))) {
        for (const mapping of mappings) requireInFile(mapping, fileOf(source, header));
        for (const planned of planReads(mappings)) await decodeRead(source, planned, header, onRegion);
      }
    }
    return { status: 'finished', virtualSizeBytes: header.virtualSizeBytes };
  } catch (stop) {
    if (stop instanceof DecodeStop && stop.step.status === 'failed') return stop.step;
    throw stop;
  }
}

/** A table for clusters of 2 MiB may map 262,144 stretches of the file: they are not all put in order at once. */
const batchedMappings = 8192;

function* inBatches(mappings: Iterable<Mapping>): Generator<Mapping[]> {
  let batch: Mapping[] = [];
  for (const mapping of mappings) {
    batch.push(mapping);
    if (batch.length < batchedMappings) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}

async function readHeader(source: ByteSource): Promise<Qcow2Header> {
  for (let wantedBytes = smallestHeaderBytes; ;) {
    const prefix = await source.read(0, Math.min(wantedBytes, source.sizeBytes));
    if (prefix.length < wantedBytes) {
      fail('truncated', `the header is missing: the file ends at byte ${prefix.length}`);
    }
    const reading = readQcow2Header(prefix);
    if (reading.kind === 'valid') return reading.header;
    if (reading.kind === 'invalid') fail('header', reading.failures.map(({ detail }) => detail).join('; '));
    wantedBytes = Math.max(reading.wantedBytes, Math.min(2 * prefix.length, source.sizeBytes));
  }
}

async function readWhole(source: ByteSource, extent: Extent, header: Qcow2Header): Promise<Buffer> {
  requireInFile(extent, fileOf(source, header));
  const bytes = await source.read(extent.host, extent.length);
  if (bytes.length < extent.length)
    requireInFile(extent, { ...fileOf(source, header), sizeBytes: extent.host + bytes.length });
  return bytes;
}

async function decodeRead(
  source: ByteSource,
  { host, length, mappings }: PlannedRead,
  header: Qcow2Header,
  onRegion: (region: DecodedRegion) => void | Promise<void>,
): Promise<void> {
  const bytes = await source.read(host, Math.min(length, source.sizeBytes - host));
  const { clusterSizeBytes } = header;
  for (const mapping of mappings) {
    // The source may turn out shorter than it said.
    requireInFile(mapping, { sizeBytes: Math.min(source.sizeBytes, host + bytes.length), clusterSizeBytes });
    const found = bytes.subarray(mapping.host - host, mapping.host - host + mapping.length);
    if (mapping.kind === 'deflated') await onRegion(packedRegion(Buffer.from(found), mapping, header));
    else if (found.length > 0) await onRegion({ offset: mapping.guest, bytes: found });
  }
}

function fileOf(
  source: ByteSource,
  { clusterSizeBytes }: Qcow2Header,
): { sizeBytes: number; clusterSizeBytes: number } {
  return { sizeBytes: source.sizeBytes, clusterSizeBytes };
}
