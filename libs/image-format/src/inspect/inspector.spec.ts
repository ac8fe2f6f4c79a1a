import {
  bootSignature,
  buildDisk,
  fatFields,
  linuxPartition,
  protectiveEntry,
  secondPartition,
} from '../testing/disk.builder';
import { chop } from '../testing/decoding';
import { buildIso } from '../testing/iso.builder';
import { buildLuks } from '../testing/luks.builder';
import { buildHeader, type HeaderSpec } from '../testing/qcow2.builder';
import { safetyCorpus } from '../testing/safety-corpus';
import { buildVdi } from '../testing/vdi.builder';
import { buildDynamicVhd, buildFixedVhd } from '../testing/vhd.builder';
import { buildVhdx } from '../testing/vhdx.builder';
import { buildFooterVmdk, buildSparseVmdk } from '../testing/vmdk.builder';
import { formats } from './formats';
import { parseDiskFormat } from './image-format';
import { createInspector, type InspectorOptions } from './inspector';
import { overridableChecks } from './overridable-checks';
import type { Verdict } from './verdict';

function inspect(bytes: Buffer, options: InspectorOptions = {}): Verdict {
  const inspector = createInspector(options);
  inspector.push(bytes);
  return inspector.end();
}

const checksOf = (verdict: Verdict) => (verdict.kind === 'refused' ? verdict.failures.map(({ check }) => check) : []);
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

describe('J.14: the safety corpus', () => {
  test.each(safetyCorpus().map((item) => [item.name, item] as const))(
    '%s',
    (_name, { declared, bytes, expected, detected }) => {
      const verdict = inspect(bytes, { declared });
      if (expected === 'accepted') {
        expect(verdict).toMatchObject({ kind: 'accepted', format: parseDiskFormat(declared), ignored: [] });
      } else {
        expect(checksOf(verdict)[0]).toBe(expected.refused);
        if (expected.refused !== 'incomplete') expect(verdict).toMatchObject({ detected });
      }
    },
  );

  test('has a name for each file, and says why in a sentence', () => {
    const names = safetyCorpus().map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { declared, bytes } of safetyCorpus()) {
      const verdict = inspect(bytes, { declared });
      if (verdict.kind === 'refused')
        for (const { detail } of verdict.failures) expect(detail).toMatch(/^[a-z0-9].{20,}[^.]$/);
    }
  });
});

describe('what is known of an accepted image', () => {
  test.each([
    ['an MBR', [bootSignature, linuxPartition], 'mbr'],
    ['a GPT', [bootSignature, protectiveEntry], 'gpt'],
    ['nothing', [], undefined],
    ['a FAT boot sector', [bootSignature, linuxPartition, ...fatFields], undefined],
  ] as const)('that begins with %s is its partition table', (_name, marks, partitionTable) => {
    expect(inspect(buildDisk(marks), { declared: 'raw' })).toMatchObject({ kind: 'accepted', partitionTable });
  });

  const disk = Buffer.alloc(65_536);
  test.each([
    ['a VMDK', buildSparseVmdk({ capacity: 4096n }), 'vmdk', 'vmdk', 2_097_152],
    ['a VMDK with a footer', buildFooterVmdk({ capacity: 4096n }), 'vmdk', 'vmdk', 2_097_152],
    ['a VHD by Hyper-V', buildDynamicVhd({ currentSize: 9_000_000n }), 'vhd', 'vpc', 8_999_936],
    ['a VHD by Virtual PC', buildDynamicVhd({ currentSize: 9_000_000n, creator: 'vpc ' }), 'vhd', 'vpc', 8_999_936],
    [
      'a VHD too large for a geometry',
      buildDynamicVhd({ creator: 'vpc ', geometry: [65_535, 16, 255] }),
      'vhd',
      'vpc',
      8 << 20,
    ],
    ['a fixed VHD', buildFixedVhd(disk), 'vhd', 'vpc', 65_536],
    ['a VHDX', buildVhdx({ diskSize: 3_000_320n }), 'vhdx', 'vhdx', 3_000_320],
    ['a VDI', buildVdi({ diskSize: 1_000_001n }), 'vdi', 'vdi', 1_000_448],
  ] as const)(
    'in the format of %s is its size, and the name that QEMU has for it',
    (_name, bytes, format, qemuFormat, size) => {
      expect(inspect(bytes, { declared: format })).toEqual({
        kind: 'accepted',
        format,
        qemuFormat,
        virtualSizeBytes: size,
        ignored: [],
      });
      expect(checksOf(inspect(bytes, { declared: format, virtualSizeBytesMax: size - 1 }))).toEqual(['virtual-size']);
    },
  );

  test('on a disc is the size its descriptor gives, where it has one', () => {
    expect(inspect(buildIso({ sectors: 30 }))).toMatchObject({ format: 'iso', volumeSizeBytes: 61_440 });
    expect(inspect(buildIso({ identifier: 'NSR02' }))).toMatchObject({ format: 'iso', volumeSizeBytes: undefined });
  });

  test('that is encrypted is where its data begins', () => {
    expect(inspect(buildLuks())).toMatchObject({ format: 'luks', payloadOffset: 2 << 20 });
  });
});

describe('I.50: a check that the operator has switched off', () => {
  const gptWithMore = buildDisk([bootSignature, protectiveEntry, secondPartition]);

  test('does not refuse, and is named on the verdict', () => {
    expect(inspect(gptWithMore, { declared: 'raw', ignoredChecks: ['mbr-protective-entry'] })).toMatchObject({
      kind: 'accepted',
      partitionTable: 'gpt',
      ignored: [{ check: 'mbr-protective-entry' }],
    });
    const vhd = buildDynamicVhd({ wrongChecksum: 'header' });
    expect(inspect(vhd, { declared: 'vhd', ignoredChecks: ['header-checksum'] })).toMatchObject({
      kind: 'accepted',
      virtualSizeBytes: 8 << 20,
      ignored: [{ check: 'header-checksum' }],
    });
  });

  test('leaves the others on', () => {
    const broken = buildDisk([bootSignature, protectiveEntry, secondPartition, [446, [0x13]]]);
    expect(checksOf(inspect(broken, { declared: 'raw', ignoredChecks: ['mbr-protective-entry'] }))).toEqual([
      'mbr-boot-flag',
    ]);
  });

  test.each(['raw', 'ami', 'iso'])(
    'for a mismatch has the bytes read as declared (%s), if those are bytes',
    (declared) => {
      expect(inspect(buildHeader(), { declared, ignoredChecks: ['format-mismatch'] })).toMatchObject({
        kind: 'accepted',
        format: parseDiskFormat(declared),
        ignored: [{ check: 'format-mismatch' }],
      });
    },
  );

  test.each(['qcow2', 'vmdk', 'vhd', 'luks'])('for a mismatch does not make a %s of anything', (declared) => {
    const verdict = inspect(buildDisk(), { declared, ignoredChecks: ['format-mismatch'] });
    expect(checksOf(verdict)).toEqual(['format-mismatch']);
  });

  test('for a polyglot has it read as declared, by all rules of that format', () => {
    const file = (spec: HeaderSpec) => {
      const header = buildHeader(spec);
      header.write('CD001', 32_769);
      return header;
    };
    const ignoredChecks = ['polyglot'] as const;
    expect(inspect(file({}), { declared: 'qcow2', ignoredChecks })).toMatchObject({
      kind: 'accepted',
      format: 'qcow2',
      ignored: [{ check: 'polyglot' }],
    });
    expect(checksOf(inspect(file({ backingFileOffset: 512n }), { declared: 'qcow2', ignoredChecks }))).toEqual([
      'backing-file',
    ]);
    expect(checksOf(inspect(file({}), { ignoredChecks }))).toEqual(['polyglot']);
    expect(checksOf(inspect(file({}), { declared: 'raw', ignoredChecks }))).toEqual(['polyglot', 'format-mismatch']);
  });

  test('cannot be one that keeps a tool inside the file', () => {
    expect(overridableChecks).toEqual([
      'format-mismatch',
      'polyglot',
      'mbr-boot-flag',
      'mbr-no-partition',
      'mbr-protective-entry',
      'header-checksum',
    ]);
    const all = safetyCorpus().flatMap(({ expected }) => (expected === 'accepted' ? [] : [expected.refused]));
    for (const { declared, bytes, expected } of safetyCorpus()) {
      if (expected === 'accepted' || overridableChecks.some((check) => check === expected.refused)) continue;
      expect(checksOf(inspect(bytes, { declared, ignoredChecks: all }))).toContain(expected.refused);
    }
  });
});

describe('a verdict comes', () => {
  test('for raw bytes as soon as no signature can follow', () => {
    const inspector = createInspector({ declared: 'raw' });
    expect(inspector.push(Buffer.alloc(34_815))).toBeUndefined();
    expect(inspector.push(Buffer.alloc(1))?.kind).toBe('accepted');
  });

  test('at the end for a format that is converted, which is named long before', () => {
    const inspector = createInspector({ declared: 'vdi' });
    const vdi = Buffer.concat([buildVdi(), Buffer.alloc(100_000)]);
    expect(inspector.push(vdi)).toBeUndefined();
    expect(inspector.expected).toBe('vdi');
    expect(inspector.end().kind).toBe('accepted');
  });

  test('at once for what is refused', () => {
    expect(createInspector({ declared: 'raw' }).push(buildVhdx())?.kind).toBe('refused');
    expect(createInspector({ declared: 'vhdx' }).push(buildVhdx({ damage: 'headers' }))?.kind).toBe('refused');
  });

  test('also when a rule fails to understand the file', () => {
    const luks = buildDisk([[0, 'LUKS\xba\xbe']]);
    const { inspect: rules } = formats.luks;
    const broken = jest.spyOn(formats.luks, 'inspect').mockImplementation(function* () {
      yield* rules();
      throw new TypeError('cannot read');
    });
    const verdict = inspect(luks, { declared: 'luks' });
    broken.mockRestore();
    expect(verdict).toMatchObject({ kind: 'refused', detected: 'luks', failures: [{ check: 'unreadable' }] });
  });
});
