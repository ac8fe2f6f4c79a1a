import { buildDisk } from './disk.builder';
import { fine, harmful } from './safety-case';
import { buildVdi } from './vdi.builder';
import { buildDynamicVhd, buildFixedVhd } from './vhd.builder';
import { buildVhdx, diskSizeId, parentLocatorId } from './vhdx.builder';

const mib = 1024 * 1024;
/** A VHD of four blocks of 2 MiB whose first two begin in these sectors. */
function withBlocks(...sectors: readonly number[]): Buffer {
  const file = buildDynamicVhd();
  sectors.forEach((sector, index) => file.writeUInt32BE(sector, 1536 + index * 4));
  return file;
}
const unknownId = '01234567-89ab-cdef-0123-456789abcdef';
const fixed = () => buildDisk([[0, 'a guest']], 64 * 1024);

export const vhdCases = [
  fine('a dynamic VHD', ['vhd'], () => buildDynamicVhd()),
  fine('a dynamic VHD as large as its geometry', ['vhd'], () => buildDynamicVhd({ creator: 'vpc ' })),
  fine('a dynamic VHD of no bytes', ['vhd'], () => buildDynamicVhd({ currentSize: 0n })),
  fine('a fixed VHD', ['vhd', 'raw'], () => buildFixedVhd(fixed())),
  fine('a fixed VHD declared raw', ['raw'], () => buildFixedVhd(fixed())),
  harmful('a fixed VHD declared VMDK', ['vmdk', 'raw'], 'format-mismatch', () => buildFixedVhd(fixed())),
  harmful('a dynamic VHD declared raw', ['raw', 'vhd'], 'format-mismatch', () => buildDynamicVhd()),
  harmful('raw bytes declared VHD', ['vhd', 'raw'], 'format-mismatch', fixed),
  harmful('a fixed VHD cut in its footer', ['vhd', 'raw'], 'format-mismatch', () =>
    buildFixedVhd(fixed()).subarray(0, -1),
  ),
  harmful('a fixed VHD with a wrong checksum', ['vhd', 'raw'], 'footer', () =>
    buildFixedVhd(fixed(), { wrongChecksum: 'footer' }),
  ),
  harmful('a fixed VHD that says it is dynamic', ['vhd', 'raw'], 'image-type', () =>
    buildFixedVhd(fixed(), { diskType: 3 }),
  ),
  harmful('a fixed VHD that is shorter than its disk', ['vhd', 'raw'], 'incomplete', () =>
    buildFixedVhd(fixed(), { currentSize: 128n * 1024n }),
  ),
  harmful('a differencing VHD', ['vhd'], 'backing-file', () => buildDynamicVhd({ diskType: 4 })),
  harmful('a VHD with a parent locator', ['vhd'], 'backing-file', () =>
    buildDynamicVhd({ parentLocator: Buffer.from('W2ku') }),
  ),
  harmful('a dynamic VHD that says it is fixed', ['vhd'], 'image-type', () =>
    buildDynamicVhd({ diskType: 2, dataOffset: 512n }),
  ),
  harmful('a VHD of version 2', ['vhd'], 'version', () => buildDynamicVhd({ version: 0x20000 })),
  harmful('a VHD with a wrong checksum', ['vhd'], 'footer', () => buildDynamicVhd({ wrongChecksum: 'footer' })),
  harmful('a VHD whose header has a wrong checksum', ['vhd'], 'header-checksum', () =>
    buildDynamicVhd({ wrongChecksum: 'header' }),
  ),
  harmful('a VHD of exabytes', ['vhd'], 'virtual-size', () => buildDynamicVhd({ currentSize: 1n << 62n, blocks: 4 })),
  harmful('a VHD whose header is none', ['vhd'], 'dynamic-header', () => buildDynamicVhd({ headerCookie: 'cxdenser' })),
  harmful('a VHD whose header lies beyond all files', ['vhd'], 'dynamic-header', () =>
    buildDynamicVhd({ dataOffset: 1n << 60n }),
  ),
  harmful('a VHD whose header lies behind its end', ['vhd'], 'incomplete', () =>
    buildDynamicVhd({ dataOffset: 1n << 40n }),
  ),
  harmful('a VHD with odd blocks', ['vhd'], 'block-size', () => buildDynamicVhd({ blockSize: 3 * mib })),
  harmful('a VHD with too few blocks', ['vhd'], 'block-table', () => buildDynamicVhd({ blocks: 3 })),
  harmful('a VHD with a table of gigabytes', ['vhd'], 'block-table', () => buildDynamicVhd({ blocks: 0x2000_0000 })),
  harmful('a VHD with a table over its footer', ['vhd'], 'block-table', () => buildDynamicVhd({ tableOffset: 0n })),
  harmful('a VHD with a table behind its end', ['vhd'], 'incomplete', () =>
    buildDynamicVhd({ tableOffset: 1n << 40n }),
  ),
  harmful('a VHD without its last footer', ['vhd'], 'incomplete', () => buildDynamicVhd().subarray(0, -512)),
  harmful('a VHD that names a block twice', ['vhd'], 'block-table', () => withBlocks(8, 8)),
  harmful('a VHD whose blocks lie over each other', ['vhd'], 'block-table', () => withBlocks(4096, 4097)),
  harmful('a VHD with trailing bytes', ['vhd'], 'incomplete', () =>
    Buffer.concat([buildDynamicVhd(), Buffer.alloc(9)]),
  ),
];

const presentAt = (place: number) => (BigInt(place) << 20n) | 6n;
const unmappedAt = (place: number) => (BigInt(place) << 20n) | 3n;

export const vhdxCases = [
  fine('a VHDX', ['vhdx'], () => buildVhdx()),
  fine('a VHDX with a region that may be skipped', ['vhdx'], () =>
    buildVhdx({ regions: [{ id: unknownId, offset: BigInt(4 * mib), length: mib, flags: 0 }] }),
  ),
  harmful('a VHDX declared raw', ['raw', 'vhdx'], 'format-mismatch', () => buildVhdx()),
  harmful('a VHDX with a parent', ['vhdx'], 'backing-file', () => buildVhdx({ hasParent: true })),
  harmful('a VHDX that names a parent', ['vhdx'], 'backing-file', () =>
    buildVhdx({ items: [{ id: parentLocatorId, offset: 131_072n, length: 64, flags: 4 }] }),
  ),
  harmful('a VHDX without a whole header', ['vhdx'], 'version', () => buildVhdx({ damage: 'headers' })),
  harmful('a VHDX with a damaged table of regions', ['vhdx'], 'region-table', () =>
    buildVhdx({ damage: 'region-table' }),
  ),
  harmful('a VHDX with 2048 regions', ['vhdx'], 'region-table', () => buildVhdx({ regionCount: 2048 })),
  harmful('a VHDX with four thousand million regions', ['vhdx'], 'region-table', () =>
    buildVhdx({ regionCount: 0xffff_ffff }),
  ),
  harmful('a VHDX without regions', ['vhdx'], 'region-table', () => buildVhdx({ regionCount: 0 })),
  harmful('a VHDX with two regions of metadata', ['vhdx'], 'region-table', () =>
    buildVhdx({
      regions: [{ id: '8b7ca206-4790-4b9a-b8fe-575f050f886e', offset: BigInt(4 * mib), length: mib, flags: 1 }],
    }),
  ),
  harmful('a VHDX with its metadata over its headers', ['vhdx'], 'region-table', () =>
    buildVhdx({ metadataOffset: 0n }),
  ),
  harmful('a VHDX with its metadata over its blocks', ['vhdx'], 'region-table', () =>
    buildVhdx({ metadataOffset: BigInt(3 * mib) }),
  ),
  harmful('a VHDX with its metadata off a mebibyte', ['vhdx'], 'region-table', () =>
    buildVhdx({ metadataOffset: 2_100_000n }),
  ),
  harmful('a VHDX with its metadata behind its end', ['vhdx'], 'incomplete', () =>
    buildVhdx({ metadataOffset: 1n << 40n }),
  ),
  harmful('a VHDX with its metadata beyond all files', ['vhdx'], 'region-table', () =>
    buildVhdx({ metadataOffset: 1n << 63n }),
  ),
  harmful('a VHDX that needs an unknown region', ['vhdx'], 'unknown-feature', () =>
    buildVhdx({ regions: [{ id: unknownId, offset: BigInt(4 * mib), length: mib, flags: 1 }] }),
  ),
  harmful('a VHDX without metadata', ['vhdx'], 'metadata-table', () => buildVhdx({ damage: 'metadata-signature' })),
  harmful('a VHDX with 2048 items of metadata', ['vhdx'], 'metadata-table', () => buildVhdx({ metadataCount: 2048 })),
  harmful('a VHDX without a size', ['vhdx'], 'metadata-table', () => buildVhdx({ metadataCount: 1 })),
  harmful('a VHDX with two sizes', ['vhdx'], 'metadata-table', () =>
    buildVhdx({ items: [{ id: diskSizeId, offset: 131_072n, length: 8, flags: 4 }] }),
  ),
  harmful('a VHDX with a size of four bytes', ['vhdx'], 'metadata-table', () => buildVhdx({ diskSizeBytes: 4 })),
  harmful('a VHDX with an item outside its region', ['vhdx'], 'metadata-table', () =>
    buildVhdx({ items: [{ id: unknownId, offset: BigInt(2 * mib), length: 64, flags: 0 }] }),
  ),
  harmful('a VHDX that needs unknown metadata', ['vhdx'], 'unknown-feature', () =>
    buildVhdx({ items: [{ id: unknownId, offset: 131_072n, length: 64, flags: 4 }] }),
  ),
  harmful('a VHDX with sectors of 4 KiB', ['vhdx'], 'sector-size', () => buildVhdx({ logicalSectorSize: 4096 })),
  harmful('a VHDX with odd sectors', ['vhdx'], 'sector-size', () => buildVhdx({ physicalSectorSize: 1000 })),
  harmful('a VHDX with odd blocks', ['vhdx'], 'block-size', () => buildVhdx({ blockSize: 3 * mib })),
  harmful('a VHDX of no bytes', ['vhdx'], 'virtual-size', () => buildVhdx({ diskSize: 0n })),
  harmful('a VHDX of half a sector', ['vhdx'], 'virtual-size', () => buildVhdx({ diskSize: 256n })),
  harmful('a VHDX of exabytes', ['vhdx'], 'virtual-size', () => buildVhdx({ diskSize: 1n << 62n })),
  harmful('a VHDX with too few blocks', ['vhdx'], 'block-table', () => buildVhdx({ diskSize: 1n << 41n })),
  fine('a VHDX whose blocks have places of their own', ['vhdx'], () =>
    buildVhdx({ blockSize: mib, blocks: [presentAt(5), presentAt(4), 0n, unmappedAt(5), presentAt(6)] }),
  ),
  fine('a VHDX with its blocks before its metadata', ['vhdx'], () =>
    buildVhdx({ tableFirst: true, blockSize: mib, blocks: [presentAt(5), presentAt(4)] }),
  ),
  harmful('a VHDX that names a block twice', ['vhdx'], 'block-table', () =>
    buildVhdx({ blockSize: mib, blocks: [presentAt(5), presentAt(4), presentAt(5)] }),
  ),
  harmful('a VHDX that names a block twice, before its metadata', ['vhdx'], 'block-table', () =>
    buildVhdx({ tableFirst: true, blockSize: mib, blocks: [presentAt(5), presentAt(5)] }),
  ),
  harmful('a VHDX cut in its blocks', ['vhdx'], 'incomplete', () => buildVhdx().subarray(0, -1)),
  harmful('a VHDX cut in its metadata', ['vhdx'], 'incomplete', () => buildVhdx().subarray(0, 2 * mib + 100)),
];

export const vdiCases = [
  fine('a dynamic VDI', ['vdi'], () => buildVdi()),
  fine('a static VDI', ['vdi'], () => buildVdi({ imageType: 2, diskSize: BigInt(mib), blocksAllocated: 1 })),
  fine('a VDI that is no whole number of sectors', ['vdi'], () => buildVdi({ diskSize: BigInt(8 * mib - 100) })),
  fine('a VDI of no bytes', ['vdi'], () => buildVdi({ diskSize: 0n })),
  fine('a VDI with trailing bytes', ['vdi'], () => Buffer.concat([buildVdi(), Buffer.alloc(100)])),
  harmful('a VDI declared raw', ['raw', 'vdi'], 'format-mismatch', () => buildVdi()),
  harmful('a differencing VDI', ['vdi'], 'image-type', () => buildVdi({ imageType: 4 })),
  harmful('a VDI with a parent', ['vdi'], 'backing-file', () => buildVdi({ parent: Buffer.alloc(16, 0x44) })),
  harmful('a VDI of version 0.1', ['vdi'], 'version', () => buildVdi({ version: 1 })),
  harmful('a VDI with too short a header', ['vdi'], 'header-length', () => buildVdi({ headerSize: 100 })),
  harmful('a VDI with its table over its header', ['vdi'], 'header-length', () => buildVdi({ tableOffset: 0 })),
  harmful('a VDI with its data over its table', ['vdi'], 'header-length', () => buildVdi({ dataOffset: 512 })),
  harmful('a VDI with its data off a sector', ['vdi'], 'header-length', () => buildVdi({ dataOffset: 1000 })),
  harmful('a VDI with odd sectors', ['vdi'], 'sector-size', () => buildVdi({ sectorSize: 4096 })),
  harmful('a VDI with odd blocks', ['vdi'], 'block-size', () => buildVdi({ blockSize: 4096 })),
  harmful('a VDI with more blocks in use than there are', ['vdi'], 'block-table', () =>
    buildVdi({ blocks: 8, blocksAllocated: 9 }),
  ),
  fine('a VDI with two blocks in use, a third of zeros', ['vdi'], () =>
    buildVdi({ blocksAllocated: 2, table: [1, 0xffff_fffe, 0xffff_fffe, 0] }),
  ),
  harmful('a VDI that names a block twice', ['vdi'], 'block-table', () =>
    buildVdi({ blocksAllocated: 2, table: [1, 0, 1] }),
  ),
  harmful('a VDI that names a block that is not in use', ['vdi'], 'block-table', () =>
    buildVdi({ blocksAllocated: 2, table: [2] }),
  ),
  harmful('a VDI of a large table that names one block all over', ['vdi'], 'block-table', () => {
    const blocks = 40_000;
    const dataOffset = 512 * Math.ceil(1 + (blocks * 4) / 512);
    const table = Array.from({ length: blocks }, (_, index) => (index < 30_000 ? index : 29_999));
    return buildVdi({ diskSize: BigInt(blocks * mib), blocksAllocated: blocks, dataOffset, table }).subarray(
      0,
      dataOffset,
    );
  }),
  harmful('a VDI of exabytes', ['vdi'], 'virtual-size', () => buildVdi({ diskSize: 1n << 62n, blocks: 8 })),
  harmful('a VDI cut in its table', ['vdi'], 'incomplete', () => buildVdi().subarray(0, 520)),
  harmful('a VDI cut in its data', ['vdi'], 'incomplete', () => buildVdi({ blocksAllocated: 2 }).subarray(0, -1)),
];
