import { bootSignature, buildDisk, protectiveEntry, secondPartition } from '../testing/disk.builder';
import { buildHeader, type HeaderSpec } from '../testing/qcow2.builder';
import { safetyCorpus } from '../testing/safety-corpus';
import { buildDynamicVhd } from '../testing/vhd.builder';
import { checksOf, inspect } from '../testing/inspecting';
import { parseDiskFormat } from './image-format';
import { overridableChecks } from './overridable-checks';

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
