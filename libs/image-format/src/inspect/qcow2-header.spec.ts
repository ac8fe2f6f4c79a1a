import { chop } from '../testing/decoding';
import { buildHeader, type HeaderSpec } from '../testing/qcow2.builder';
import { checksOf, inspect } from '../testing/inspecting';
import { createInspector } from './inspector';

const headerChecks = (spec: HeaderSpec) => checksOf(inspect(buildHeader(spec), { declared: 'qcow2' }));

describe('a qcow2 header as qemu-img writes it', () => {
  test.each([2, 3])('is accepted in version %d, with its size', (version) => {
    expect(inspect(buildHeader({ version, virtualSize: 1234n * 512n }), { declared: 'qcow2' })).toMatchObject({
      kind: 'accepted',
      format: 'qcow2',
      virtualSizeBytes: 1234 * 512,
      header: { version, clusterSizeBytes: 65_536, l1Offset: 196_608, compression: 'zlib' },
    });
  });

  test('is accepted when no format was declared', () => {
    expect(inspect(buildHeader()).kind).toBe('accepted');
  });

  test.each([0n, 1n, 1n << 3n])('is accepted with the incompatible features %d, which a reader may ignore', (bits) => {
    expect(headerChecks({ incompatibleFeatures: bits, compressionType: bits === 8n ? 1 : 0 })).toEqual([]);
  });

  test('is accepted in version 2 where an extension stands in place of the feature words', () => {
    const extensions = [{ type: 0x6803f857, data: Buffer.alloc(48, 0xff) }];
    expect(headerChecks({ version: 2, extensions })).toEqual([]);
  });

  test.each([1, 700, 300_000])(
    'is accepted with extensions that fill its first cluster, in chunks of %d bytes',
    (size) => {
      const extensions = Array.from({ length: 90 }, (_, type) => ({ type: type + 1, data: Buffer.alloc(700) }));
      const inspector = createInspector({ declared: 'qcow2' });
      for (const chunk of chop(buildHeader({ extensions }), [size])) inspector.push(chunk);
      expect(inspector.verdict).toMatchObject({ kind: 'accepted', format: 'qcow2' });
    },
  );

  test('is accepted with extensions that fill several sectors', () => {
    const extensions = [1, 2, 3].map((type) => ({ type, data: Buffer.alloc(700) }));
    expect(headerChecks({ extensions })).toEqual([]);
  });
});

describe('a qcow2 header is refused', () => {
  const cases: readonly (readonly [string, string, HeaderSpec])[] = [
    ['with a backing file', 'backing-file', { backingFileOffset: 512n }],
    ['with an external data file', 'data-file', { incompatibleFeatures: 4n }],
    [
      'with the name of a data file, even unused',
      'data-file',
      { extensions: [{ type: 0x44415441, data: Buffer.from('/etc/passwd') }] },
    ],
    ['with extended L2 entries', 'unknown-feature', { incompatibleFeatures: 16n }],
    ['with a feature of the far future', 'unknown-feature', { incompatibleFeatures: 1n << 63n }],
    ['in version 1', 'version', { version: 1 }],
    ['in version 4', 'version', { version: 4 }],
    ['when encrypted with AES', 'encryption', { cryptMethod: 1 }],
    ['when encrypted with LUKS', 'encryption', { cryptMethod: 2 }],
    ['with parameters of an encryption', 'encryption', { extensions: [{ type: 0x0537be77, data: Buffer.alloc(16) }] }],
    ['with clusters below 512 bytes', 'cluster-size', { clusterBits: 8 }],
    ['with clusters above 2 MiB', 'cluster-size', { clusterBits: 22 }],
    ['with a size no file can have', 'virtual-size', { clusterBits: 21, virtualSize: 1n << 60n, l1Entries: 2_097_152 }],
    ['with an L1 table too small for its disk', 'l1-table', { virtualSize: (512n << 20n) + 1n }],
    ['with an L1 table above 32 MiB', 'l1-table', { l1Entries: 4_194_305 }],
    ['with an L1 table off its cluster', 'l1-table', { l1Offset: 196_609n }],
    ['with an L1 table over the header', 'l1-table', { l1Offset: 0n }],
    ['with an L1 table beyond all files', 'l1-table', { l1Offset: 1n << 60n }],
    ['without a refcount table', 'refcount-table', { refcountTableClusters: 0 }],
    ['with a refcount table above 8 MiB', 'refcount-table', { refcountTableClusters: 129 }],
    ['with a refcount table off its cluster', 'refcount-table', { refcountTableOffset: 65_540n }],
    ['with impossible reference counts', 'refcount-table', { refcountOrder: 7 }],
    ['with too many snapshots', 'snapshot-table', { snapshots: 65_537 }],
    ['with a snapshot table off its place', 'snapshot-table', { snapshots: 1, snapshotsOffset: 4n }],
    ['when shorter than version 3 allows', 'header-length', { headerLength: 96 }],
    ['with an unknown compression', 'compression-type', { compressionType: 2, incompatibleFeatures: 8n }],
    ['with a compression its features do not announce', 'compression-type', { compressionType: 1 }],
    [
      'with an extension longer than its cluster',
      'header-extension',
      { extensions: [{ type: 5, data: Buffer.alloc(8), claimedLength: 65_536 }] },
    ],
  ];
  test.each(cases)('%s', (_name, check, spec) => {
    expect(headerChecks(spec)).toEqual([check]);
  });

  test('when longer than a cluster', () => {
    const header = buildHeader();
    header.writeUInt32BE(65_537, 100);
    expect(checksOf(inspect(header))).toEqual(['header-length']);
  });

  test('for every reason at once', () => {
    expect(headerChecks({ backingFileOffset: 512n, incompatibleFeatures: 20n, cryptMethod: 1 })).toEqual([
      'backing-file',
      'data-file',
      'encryption',
      'unknown-feature',
    ]);
  });

  test('when its disk is larger than the caller has room for', () => {
    const verdict = inspect(buildHeader({ virtualSize: 1n << 20n }), { virtualSizeBytesMax: (1 << 20) - 1 });
    expect(checksOf(verdict)).toEqual(['virtual-size']);
  });

  test('when the file ends inside it', () => {
    expect(checksOf(inspect(buildHeader().subarray(0, 300), { declared: 'qcow2' }))).toEqual(['incomplete']);
  });
});
