import { fine, harmful } from './safety-case';
import { buildDescriptor, buildFooterVmdk, buildSparseVmdk, buildVmdkHeader } from './vmdk.builder';

const grains = new Map([
  [0, Buffer.alloc(65_536, 0x42)],
  [5, Buffer.alloc(65_536, 0x43)],
]);
const atEnd = 0xffff_ffff_ffff_ffffn;

export const vmdkCases = [
  fine('a monolithicSparse VMDK', ['vmdk'], () => buildSparseVmdk({ grains })),
  fine('a monolithicSparse VMDK, its kind in capitals', ['vmdk'], () =>
    buildSparseVmdk({ createType: 'MONOLITHICSPARSE' }),
  ),
  fine('a streamOptimized VMDK without footer', ['vmdk'], () =>
    buildSparseVmdk({ createType: 'streamOptimized', grains }),
  ),
  fine('a streamOptimized VMDK with footer', ['vmdk'], () => buildFooterVmdk({ grains })),
  fine('a VMDK with lines as Windows ends them', ['vmdk'], () =>
    buildSparseVmdk({ descriptor: buildDescriptor({}).replaceAll('\n', '\r\n') }),
  ),
  harmful('a VMDK declared raw', ['raw', 'vmdk'], 'format-mismatch', () => buildSparseVmdk()),

  harmful('a flat VMDK with its descriptor inside', ['vmdk'], 'create-type', () =>
    buildSparseVmdk({ createType: 'monolithicFlat', extentLines: ['RW 16384 FLAT "secret.img" 0'] }),
  ),
  harmful('a VMDK of a kind whose name does not end', ['vmdk'], 'create-type', () =>
    buildSparseVmdk({ createType: 'monolithicSparse'.repeat(8) }),
  ),
  harmful('a VMDK of two kinds', ['vmdk'], 'create-type', () =>
    buildSparseVmdk({ lines: ['createType="monolithicFlat"'] }),
  ),
  harmful('a VMDK of no kind', ['vmdk'], 'create-type', () =>
    buildSparseVmdk({ descriptor: buildDescriptor({}).replace('createType', 'kind') }),
  ),
  harmful('a descriptor without a disk', ['vmdk'], 'descriptor-only', () => Buffer.from(buildDescriptor({}))),
  harmful('a flat descriptor that names a file of the host', ['vmdk'], 'descriptor-only', () =>
    Buffer.from(buildDescriptor({ createType: 'monolithicFlat', extentLines: ['RW 16384 FLAT "/etc/passwd" 0'] })),
  ),
  harmful('a descriptor that begins with its version', ['vmdk'], 'descriptor-only', () =>
    Buffer.from('# a comment\n\n  \nversion=3\nextents'),
  ),
  harmful('a descriptor declared raw', ['raw', 'vmdk'], 'format-mismatch', () => Buffer.from(buildDescriptor({}))),
  harmful('an extent of an ESX server', ['vmdk'], 'unsupported-format', () => Buffer.from('COWD'.padEnd(2048, '\0'))),

  harmful('a VMDK with an extent in another folder', ['vmdk'], 'extents', () =>
    buildSparseVmdk({ extentLines: ['RW 16384 FLAT "/etc/passwd" 0'] }),
  ),
  harmful('a VMDK without extents', ['vmdk'], 'extents', () => buildSparseVmdk({ extentLines: [] })),
  harmful('a VMDK with a parent', ['vmdk'], 'backing-file', () =>
    buildSparseVmdk({ parentCid: '12345678', lines: ['parentFileNameHint="base.vmdk"'] }),
  ),
  harmful('a VMDK with a parent in a comment', ['vmdk'], 'backing-file', () =>
    buildSparseVmdk({ lines: ['# parentFileNameHint="/etc/passwd"'] }),
  ),
  harmful('a VMDK with the number of a parent', ['vmdk'], 'backing-file', () =>
    buildSparseVmdk({ parentCid: '12345678' }),
  ),
  harmful('a VMDK with a line nobody knows', ['vmdk'], 'descriptor', () =>
    buildSparseVmdk({ lines: ['include other.vmdk'] }),
  ),
  harmful('a VMDK whose descriptor is no ASCII', ['vmdk'], 'descriptor', () =>
    buildSparseVmdk({ lines: ['name="disk\xe9"'] }),
  ),
  harmful('a VMDK whose descriptor goes on behind its end', ['vmdk'], 'descriptor', () =>
    buildSparseVmdk({ descriptor: Buffer.from(`${buildDescriptor({})}\0parentFileNameHint="/etc/passwd"`) }),
  ),
  harmful('a VMDK whose descriptor does not end where its header says', ['vmdk'], 'descriptor', () =>
    buildSparseVmdk({ descriptorSectors: 1n, lines: Array.from({ length: 40 }, () => '# padding padding padding') }),
  ),
  harmful('a VMDK whose descriptor is elsewhere', ['vmdk'], 'descriptor-location', () =>
    buildSparseVmdk({ descriptorSector: 60n }),
  ),
  harmful('a VMDK without a descriptor', ['vmdk'], 'descriptor-location', () =>
    buildSparseVmdk({ descriptorSector: 0n, descriptorSectors: 0n }),
  ),
  harmful('a VMDK with a descriptor of gigabytes', ['vmdk'], 'descriptor-location', () =>
    buildSparseVmdk({ descriptorSectors: 1n << 40n }),
  ),
  harmful('a VMDK of version 4', ['vmdk'], 'version', () => buildSparseVmdk({ version: 4 })),
  harmful('a VMDK that names no sectors of its own', ['vmdk'], 'virtual-size', () => buildSparseVmdk({ capacity: 0n })),
  harmful('a VMDK of exabytes', ['vmdk'], 'virtual-size', () => buildSparseVmdk({ capacity: 1n << 62n })),
  harmful('a VMDK with odd grains', ['vmdk'], 'grain-directory', () => buildSparseVmdk({ grainSectors: 100n })),
  harmful('a VMDK with grain tables of no entries', ['vmdk'], 'grain-directory', () =>
    buildSparseVmdk({ entriesOfTable: 0 }),
  ),
  harmful('a VMDK with too large grain tables', ['vmdk'], 'grain-directory', () =>
    buildSparseVmdk({ entriesOfTable: 1024 }),
  ),
  harmful('a VMDK with its grain directory beyond all files', ['vmdk'], 'grain-directory', () =>
    buildSparseVmdk({ directorySector: 1n << 60n }),
  ),
  harmful('a VMDK with a directory of gigabytes', ['vmdk'], 'grain-directory', () =>
    buildSparseVmdk({ capacity: 1n << 42n }),
  ),
  harmful('a VMDK whose grain directory names a table twice', ['vmdk'], 'grain-directory', () =>
    buildSparseVmdk({
      capacity: 131_072n,
      grains,
      change: (file, directoryAt) => file.copyWithin(directoryAt + 4, directoryAt, directoryAt + 4),
    }),
  ),
  harmful('a VMDK whose grain tables lie over each other', ['vmdk'], 'grain-directory', () =>
    buildSparseVmdk({
      capacity: 131_072n,
      change: (file, directoryAt) => file.writeUInt32LE(file.readUInt32LE(directoryAt) + 1, directoryAt + 4),
    }),
  ),
  harmful('a VMDK whose grain table names a grain twice', ['vmdk'], 'grain-table', () =>
    buildSparseVmdk({ grains, change: (file, _, tableAt) => file.copyWithin(tableAt + 8, tableAt, tableAt + 4) }),
  ),
  harmful('a VMDK whose grains lie over each other', ['vmdk'], 'grain-table', () =>
    buildSparseVmdk({
      grains,
      change: (file, _, tableAt) => file.writeUInt32LE(file.readUInt32LE(tableAt) + 1, tableAt + 8),
    }),
  ),
  harmful('a streamOptimized VMDK that names a grain twice', ['vmdk'], 'grain-table', () =>
    buildSparseVmdk({
      createType: 'streamOptimized',
      grains,
      change: (file, _, tableAt) => file.copyWithin(tableAt + 8, tableAt, tableAt + 4),
    }),
  ),
  fine('a VMDK with grains of zeros', ['vmdk'], () =>
    buildSparseVmdk({
      grains,
      change: (file, _, tableAt) => [1, 2, 3].forEach((index) => file.writeUInt32LE(1, tableAt + 4 * index)),
    }),
  ),
  harmful('a VMDK of unknown compression', ['vmdk'], 'compression-type', () => buildSparseVmdk({ compression: 7 })),

  harmful('a VMDK without the footer its header promises', ['vmdk'], 'footer', () =>
    buildSparseVmdk({ directorySector: atEnd }),
  ),
  harmful('a VMDK whose footer names another descriptor', ['vmdk'], 'footer', () =>
    buildFooterVmdk({}, { descriptorSector: 200n }),
  ),
  harmful('a VMDK whose footer has another version', ['vmdk'], 'footer', () => buildFooterVmdk({}, { version: 1 })),
  harmful('a VMDK whose footer has another size', ['vmdk'], 'footer', () => buildFooterVmdk({}, { capacity: 0n })),
  harmful('a VMDK whose footer promises a footer', ['vmdk'], 'footer', () =>
    buildFooterVmdk({}, { directorySector: atEnd }),
  ),
  harmful('a VMDK whose footer is not marked as one', ['vmdk'], 'footer', () => buildFooterVmdk({}, { markerType: 2 })),
  harmful('a VMDK with bytes behind its footer', ['vmdk'], 'footer', () =>
    Buffer.concat([buildFooterVmdk({ grains }), Buffer.alloc(512, 0xee)]),
  ),
  harmful('a VMDK with a footer cut inside a sector', ['vmdk'], 'footer', () =>
    buildFooterVmdk({ grains }).subarray(0, -100),
  ),
  harmful('a VMDK cut in its header', ['vmdk'], 'incomplete', () => buildVmdkHeader({}).subarray(0, 100)),
  harmful('a VMDK cut in its descriptor', ['vmdk'], 'incomplete', () => buildSparseVmdk().subarray(0, 5000)),
  harmful('a VMDK cut before its grain directory', ['vmdk'], 'incomplete', () =>
    buildSparseVmdk().subarray(0, 21 * 512),
  ),
];
