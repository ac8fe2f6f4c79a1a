/** A number in a file: where, how wide, and values that would mean something there. */
export interface Field {
  readonly at: number;
  readonly width: 1 | 2 | 4 | 8;
  readonly bigEndian: boolean;
  readonly values?: readonly bigint[];
}

/** The numbers that steer a reader of the file, as far as this knows its format. */
export function fieldsOf(file: Buffer): Field[] {
  if (file.length >= 112 && file.readUInt32BE(0) === 0x514649fb) return qcow2Fields(file);
  return headerWords(file);
}

const field = (at: number, width: Field['width'], ...values: bigint[]): Field => ({
  at,
  width,
  bigEndian: true,
  values,
});

function qcow2Fields(file: Buffer): Field[] {
  const clusterBits = file.readUInt32BE(20);
  const clusterBytes = 2 ** Math.min(Math.max(clusterBits, 9), 21);
  const clusters = places(file, clusterBytes);
  const l1Offset = Number(file.readBigUInt64BE(40));
  const l1 = tableEntries(file, l1Offset, Math.min(file.readUInt32BE(36), 64), clusters);
  const l2 = l1
    .map(({ at }) => Number(file.readBigUInt64BE(at) & 0x00ff_ffff_ffff_fe00n))
    .filter((host) => host > 0)
    .slice(0, 4)
    .flatMap((host) => tableEntries(file, host, Math.min(clusterBytes / 8, 64), mapped(clusters, file, clusterBits)));
  const size = file.readBigUInt64BE(24);
  return [
    ...[field(4, 4, 2n, 3n), field(8, 8), field(20, 4, 9n, 12n, 16n, 21n), field(32, 4), field(100, 4, 104n, 112n)],
    field(24, 8, size - 1n, size + 1n, size / 2n, size * 2n, 0n, 1n, 511n),
    field(36, 4, 1n, 2n, 64n, 1n << 22n),
    field(40, 8, ...clusters),
    ...[field(48, 8, ...clusters), field(56, 4, 1n), field(60, 4, 1n), field(64, 8), field(72, 8, 8n, 4n, 16n)],
    ...[field(96, 4), field(104, 1, 0n, 1n)],
    ...[...l1, ...l1, ...l2, ...l2, ...l2],
  ];
}

/** The start of every cluster of the file, and of the one behind it. */
function places(file: Buffer, clusterBytes: number): bigint[] {
  const count = Math.min(64, Math.ceil(file.length / clusterBytes) + 1);
  return Array.from({ length: count }, (_, index) => BigInt(index * clusterBytes));
}

/** Plain, copied, zero and compressed entries for each place. */
function mapped(clusters: readonly bigint[], file: Buffer, clusterBits: number): bigint[] {
  const sectorsAt = BigInt(Math.min(61, Math.max(0, 70 - clusterBits)));
  return clusters.flatMap((host) => [
    host,
    host | (1n << 63n),
    host | 1n,
    host | (1n << 62n),
    host | (1n << 62n) | (1n << sectorsAt),
    (host + BigInt(file.length % 4096)) | (1n << 62n),
  ]);
}

function tableEntries(file: Buffer, from: number, count: number, values: readonly bigint[]): Field[] {
  return Array.from({ length: count }, (_, index) => field(from + 8 * index, 8, ...values)).filter(
    ({ at }) => at + 8 <= file.length,
  );
}

/** Where other formats have their numbers: whole words of their first sectors and of their last one. */
function headerWords(file: Buffer): Field[] {
  const starts = [0, Math.max(0, file.length - 512), 65_536, 196_608, 262_144, 1 << 20];
  return starts.flatMap((start) =>
    Array.from({ length: 64 }, (_, index) => start + 4 * index)
      .filter((at) => at + 8 <= file.length)
      .flatMap((at): Field[] => [
        { at, width: 4, bigEndian: false },
        { at, width: 8, bigEndian: true },
      ]),
  );
}
