import { bootSignature, buildDisk, fatFields, linuxPartition, protectiveEntry } from '../testing/disk.builder';
import { buildIso } from '../testing/iso.builder';
import { buildLuks } from '../testing/luks.builder';
import { safetyCorpus } from '../testing/safety-corpus';
import { buildVdi } from '../testing/vdi.builder';
import { buildDynamicVhd, buildFixedVhd } from '../testing/vhd.builder';
import { buildVhdx } from '../testing/vhdx.builder';
import { buildFooterVmdk, buildSparseVmdk } from '../testing/vmdk.builder';
import { checksOf, inspect } from '../testing/inspecting';
import { formats } from './formats';
import { parseDiskFormat } from './image-format';
import { createInspector } from './inspector';

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
