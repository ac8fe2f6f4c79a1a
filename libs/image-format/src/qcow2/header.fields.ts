const fixedBytesV2 = 72;

/** The header's fields as they stand in the file. What version 2 does not have holds the value it implies. */
export interface HeaderFields {
  readonly version: number;
  readonly backingFileOffset: bigint;
  readonly clusterBits: number;
  readonly virtualSize: bigint;
  readonly cryptMethod: number;
  readonly l1Entries: number;
  readonly l1Offset: bigint;
  readonly refcountTableOffset: bigint;
  readonly refcountTableClusters: number;
  readonly snapshots: number;
  readonly snapshotsOffset: bigint;
  readonly incompatibleFeatures: bigint;
  readonly refcountOrder: number;
  readonly headerLength: number;
  readonly compressionType: number;
}

/** @param prefix at least the first 512 bytes of the file */
export function readFields(prefix: Buffer): HeaderFields {
  const version = prefix.readUInt32BE(4);
  const hasWords = version >= 3;
  const headerLength = hasWords ? prefix.readUInt32BE(100) : fixedBytesV2;
  return {
    version,
    backingFileOffset: prefix.readBigUInt64BE(8),
    clusterBits: prefix.readUInt32BE(20),
    virtualSize: prefix.readBigUInt64BE(24),
    cryptMethod: prefix.readUInt32BE(32),
    l1Entries: prefix.readUInt32BE(36),
    l1Offset: prefix.readBigUInt64BE(40),
    refcountTableOffset: prefix.readBigUInt64BE(48),
    refcountTableClusters: prefix.readUInt32BE(56),
    snapshots: prefix.readUInt32BE(60),
    snapshotsOffset: prefix.readBigUInt64BE(64),
    // In version 2 these bytes may hold a header extension, never features.
    incompatibleFeatures: hasWords ? prefix.readBigUInt64BE(72) : 0n,
    refcountOrder: hasWords ? prefix.readUInt32BE(96) : 4,
    headerLength,
    compressionType: hasWords && headerLength > 104 ? prefix.readUInt8(104) : 0,
  };
}
