import type { CheckName, FailedCheck } from '../inspect/failed-check';
import type { HeaderFields } from './header.fields';

/** The same bounds as QEMU's own reader: beyond them a header can make a reader allocate without limit. */
const bounds = {
  clusterBits: { min: 9, max: 21 },
  l1Bytes: 32 * 1024 * 1024,
  refcountTableBytes: 8 * 1024 * 1024,
  refcountOrder: 6,
  snapshots: 65_536,
};

/** Incompatible feature bits: 0 dirty, 1 corrupt and 3 compression type say nothing that matters to a reader. */
const feature = { dataFile: 1n << 2n, compressionType: 1n << 3n, firstUnknown: 4n };

type Check = (fields: HeaderFields) => string | undefined;

/** Versions other than 2 and 3 lay their header out differently, so nothing else is checked in them. */
export function checkVersion({ version }: HeaderFields): FailedCheck | undefined {
  if (version === 2 || version === 3) return undefined;
  return { check: 'version', detail: `the file is qcow2 version ${version}; only versions 2 and 3 are accepted` };
}

/** Every check of the fixed fields that fails, each by name. */
export function checkHeaderFields(fields: HeaderFields): FailedCheck[] {
  const wrongClusterSize = checkClusterBits(fields);
  // All other bounds are counted in clusters.
  if (wrongClusterSize) return [{ check: 'cluster-size', detail: wrongClusterSize }];
  return checks.flatMap(([check, examine]) => {
    const detail = examine(fields);
    return detail === undefined ? [] : [{ check, detail }];
  });
}

const checkClusterBits: Check = ({ clusterBits }) =>
  clusterBits < bounds.clusterBits.min || clusterBits > bounds.clusterBits.max
    ? `the header says clusters of 2^${clusterBits} bytes; 2^9 to 2^21 are possible`
    : undefined;

const checks: readonly (readonly [CheckName, Check])[] = [
  [
    'backing-file',
    ({ backingFileOffset }) =>
      backingFileOffset === 0n ? undefined : 'the image builds on a backing file; it must hold all of its own data',
  ],
  [
    'data-file',
    ({ incompatibleFeatures }) =>
      (incompatibleFeatures & feature.dataFile) === 0n ? undefined : 'the image keeps its data in another file',
  ],
  [
    'encryption',
    ({ cryptMethod }) => (cryptMethod === 0 ? undefined : `the image is encrypted (method ${cryptMethod})`),
  ],
  ['unknown-feature', checkFeatures],
  ['compression-type', checkCompression],
  ['header-length', checkHeaderLength],
  ['virtual-size', checkVirtualSize],
  ['l1-table', checkL1Table],
  ['refcount-table', checkRefcountTable],
  ['snapshot-table', checkSnapshotTable],
];

function checkFeatures({ incompatibleFeatures }: HeaderFields): string | undefined {
  const unknown = incompatibleFeatures >> feature.firstUnknown;
  return unknown === 0n
    ? undefined
    : `the image needs features this reader does not know (bits 0x${hex(unknown << 4n)})`;
}

/** The bit and the field that follows the fixed header must agree: the bit is set only for other than zlib. */
function checkCompression({ incompatibleFeatures, compressionType }: HeaderFields): string | undefined {
  if (compressionType > 1) return `compression type ${compressionType} is unknown; 0 (zlib) and 1 (zstd) are known`;
  const announced = (incompatibleFeatures & feature.compressionType) !== 0n;
  if (announced === (compressionType !== 0)) return undefined;
  return `compression type ${compressionType} contradicts the feature bit that announces it`;
}

function checkHeaderLength({ version, headerLength, clusterBits }: HeaderFields): string | undefined {
  if (version === 2 || (headerLength >= 104 && headerLength <= 2 ** clusterBits)) return undefined;
  return `the header says it is ${headerLength} bytes long; it has at least 104 and at most one cluster`;
}

function checkVirtualSize({ virtualSize }: HeaderFields): string | undefined {
  return virtualSize <= BigInt(Number.MAX_SAFE_INTEGER) ? undefined : `a disk of ${virtualSize} bytes is not possible`;
}

function checkL1Table(fields: HeaderFields): string | undefined {
  const { l1Entries, l1Offset, virtualSize, clusterBits } = fields;
  if (l1Entries * 8 > bounds.l1Bytes) return `its L1 table of ${l1Entries} entries is larger than 32 MiB`;
  const guestBytesPerEntry = 2n ** BigInt(2 * clusterBits - 3);
  const needed = (virtualSize + guestBytesPerEntry - 1n) / guestBytesPerEntry;
  if (BigInt(l1Entries) < needed) {
    return `its L1 table has ${l1Entries} entries; a disk of ${virtualSize} bytes needs ${needed}`;
  }
  if (l1Entries === 0) return undefined;
  return checkTableOffset('L1 table', l1Offset, clusterBits);
}

function checkRefcountTable(fields: HeaderFields): string | undefined {
  const { refcountTableClusters, refcountTableOffset, refcountOrder, clusterBits } = fields;
  if (refcountOrder > bounds.refcountOrder) return `reference counts of 2^${refcountOrder} bits are not possible`;
  if (refcountTableClusters === 0) return 'it has no refcount table';
  if (refcountTableClusters * 2 ** clusterBits > bounds.refcountTableBytes) {
    return `its refcount table of ${refcountTableClusters} clusters is larger than 8 MiB`;
  }
  return checkTableOffset('refcount table', refcountTableOffset, clusterBits);
}

function checkSnapshotTable({ snapshots, snapshotsOffset }: HeaderFields): string | undefined {
  if (snapshots > bounds.snapshots) return `it says it holds ${snapshots} internal snapshots; 65536 are possible`;
  if (snapshots === 0) return undefined;
  if (snapshotsOffset % 8n !== 0n || snapshotsOffset > BigInt(Number.MAX_SAFE_INTEGER)) {
    return `its snapshot table cannot lie at byte 0x${hex(snapshotsOffset)}`;
  }
  return undefined;
}

function checkTableOffset(table: string, offset: bigint, clusterBits: number): string | undefined {
  if (offset === 0n) return `its ${table} lies at byte 0, where the header is`;
  if (offset % 2n ** BigInt(clusterBits) !== 0n) return `its ${table} at byte 0x${hex(offset)} is not on a cluster`;
  return offset > BigInt(Number.MAX_SAFE_INTEGER) ? `its ${table} cannot lie at byte 0x${hex(offset)}` : undefined;
}

function hex(value: bigint): string {
  return value.toString(16);
}
