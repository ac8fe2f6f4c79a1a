import {
  bootSignature,
  buildDisk,
  fatFields,
  linuxPartition,
  misplacedProtectiveEntry,
  protectiveEntry,
  secondPartition,
} from './disk.builder';
import { buildIso } from './iso.builder';
import { buildLuks } from './luks.builder';
import { buildHeader } from './qcow2.builder';
import { fine, harmful } from './safety-case';
import { buildDynamicVhd } from './vhd.builder';
import { buildSparseVmdk } from './vmdk.builder';

/** Raw bytes, partitioned or not; discs; encrypted disks; formats that are never read; files that are several things at once. */
export const diskCases = [
  fine('an empty file', ['raw'], () => Buffer.alloc(0)),
  fine('a file of one byte', ['raw'], () => Buffer.from('x')),
  fine('raw bytes', ['raw'], () => buildDisk([[0, 'anything']])),
  fine('raw bytes declared as a machine image', ['ami', 'raw'], () => buildDisk()),
  fine('raw bytes declared as a kernel', ['aki', 'raw'], () => buildDisk()),
  fine('raw bytes declared as a ramdisk', ['ari', 'raw'], () => buildDisk()),
  harmful('raw bytes declared qcow2', ['qcow2', 'raw'], 'format-mismatch', () => buildDisk()),
  harmful('raw bytes of a declared format nobody knows', ['qcow3', 'raw'], 'unsupported-format', () => buildDisk()),

  fine('a disk with an MBR', ['raw'], () => buildDisk([bootSignature, linuxPartition])),
  fine('a disk with a GPT', ['raw'], () => buildDisk([bootSignature, protectiveEntry])),
  fine('a FAT boot sector', ['raw'], () => buildDisk([bootSignature, [446, [0x13, 0x37]], ...fatFields])),
  harmful('a GPT with an extra partition', ['raw'], 'mbr-protective-entry', () =>
    buildDisk([bootSignature, protectiveEntry, secondPartition]),
  ),
  harmful('a GPT whose protective entry starts late', ['raw'], 'mbr-protective-entry', () =>
    buildDisk([bootSignature, misplacedProtectiveEntry]),
  ),
  harmful('a GPT whose protective entry starts on another head', ['raw'], 'mbr-protective-entry', () =>
    buildDisk([bootSignature, protectiveEntry, [447, [1]]]),
  ),
  harmful('a GPT whose protective entry starts in another sector', ['raw'], 'mbr-protective-entry', () =>
    buildDisk([bootSignature, protectiveEntry, [448, [3]]]),
  ),
  harmful('a GPT whose protective entry starts on another cylinder', ['raw'], 'mbr-protective-entry', () =>
    buildDisk([bootSignature, protectiveEntry, [449, [1]]]),
  ),
  harmful('a boot sector with the tables of FAT on another medium', ['raw'], 'mbr-boot-flag', () =>
    buildDisk([bootSignature, linuxPartition, [446, [0x13]], [16, [2]], [21, [0xf0]]]),
  ),
  harmful('a boot sector with the medium of FAT and other tables', ['raw'], 'mbr-boot-flag', () =>
    buildDisk([bootSignature, linuxPartition, [446, [0x13]], [16, [1]], [21, [0xf8]]]),
  ),
  harmful('an MBR without a partition', ['raw'], 'mbr-no-partition', () => buildDisk([bootSignature])),
  harmful('an MBR with a boot flag that is none', ['raw'], 'mbr-boot-flag', () =>
    buildDisk([bootSignature, linuxPartition, [446, [0x13]]]),
  ),

  fine('a disc', ['iso'], () => buildIso()),
  fine('a disc with trailing bytes', ['iso'], () => Buffer.concat([buildIso(), Buffer.alloc(1000, 0xee)])),
  fine('a UDF disc', ['iso'], () => buildIso({ identifier: 'NSR03' })),
  fine('a disc that boots as a disk with a GPT', ['iso'], () =>
    buildIso({ systemArea: [bootSignature, protectiveEntry] }),
  ),
  fine('a disc that boots as a disk with an MBR', ['iso'], () =>
    buildIso({ systemArea: [bootSignature, linuxPartition] }),
  ),
  harmful('a disc declared raw', ['raw', 'iso'], 'format-mismatch', () => buildIso()),
  harmful('a disc cut in its volume descriptor', ['iso'], 'incomplete', () => buildIso().subarray(0, 33_000)),
  harmful('raw bytes declared a disc', ['iso', 'raw'], 'format-mismatch', () => buildDisk()),

  fine('a disk encrypted with LUKS 1', ['luks'], () => buildLuks()),
  harmful('a disk encrypted with LUKS 2', ['luks'], 'version', () => buildLuks({ version: 2 })),
  harmful('an encrypted disk whose header is elsewhere', ['luks'], 'payload-offset', () =>
    buildLuks({ payloadSector: 0 }),
  ),
  harmful('an encrypted disk that begins behind 16 MiB', ['luks'], 'payload-offset', () =>
    buildLuks({ payloadSector: 32_769 }),
  ),
  harmful('an encrypted disk cut before its data', ['luks'], 'incomplete', () => buildLuks().subarray(0, 2_097_151)),
  harmful('an encrypted disk declared raw', ['raw', 'luks'], 'format-mismatch', () => buildLuks()),

  harmful('a QED image', ['qed'], 'unsupported-format', () => buildDisk([[0, 'QED\0']])),
  harmful('a QED image declared raw', ['raw', 'qed'], 'format-mismatch', () => buildDisk([[0, 'QED\0']])),
  harmful('a Parallels image', ['ploop', 'parallels'], 'unsupported-format', () =>
    buildDisk([[0, 'WithoutFreeSpace']]),
  ),
  harmful('an expanding Parallels image', ['ploop', 'parallels'], 'unsupported-format', () =>
    buildDisk([[0, 'WithouFreSpacExt']]),
  ),

  harmful('a qcow2 image that is a VDI too', ['qcow2', 'several'], 'polyglot', () =>
    marked(buildHeader(), 0x40, '\x7f\x10\xda\xbe'),
  ),
  harmful('a qcow2 image that is a disc too', ['qcow2', 'several'], 'polyglot', () =>
    marked(buildHeader(), 32_769, 'CD001'),
  ),
  harmful('a qcow2 image with a partition table', ['qcow2', 'several'], 'polyglot', () =>
    marked(buildHeader(), 510, '\x55\xaa'),
  ),
  harmful('a qcow2 image with a disc in it, declared a disc', ['iso', 'several'], 'polyglot', () =>
    marked(buildHeader(), 32_769, 'CD001'),
  ),
  harmful('a VMDK that is a disc too', ['vmdk', 'several'], 'polyglot', () =>
    marked(buildSparseVmdk(), 32_769, 'CD001'),
  ),
  harmful('a VHD that is a VDI too', ['vhd', 'several'], 'polyglot', () =>
    marked(buildDynamicVhd(), 0x40, '\x7f\x10\xda\xbe'),
  ),
  harmful('a disc that is a partitioned VDI too', ['iso', 'several'], 'polyglot', () =>
    buildIso({ systemArea: [bootSignature, linuxPartition, [0x40, '\x7f\x10\xda\xbe']] }),
  ),
];

function marked(file: Buffer, at: number, text: string): Buffer {
  file.write(text, at, 'latin1');
  return file;
}
