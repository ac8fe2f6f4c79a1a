import { buildHeader } from './qcow2.builder';
import { fine, harmful } from './safety-case';

/** The rules of the header. Tables and data are the decoder's corpus. */
export const qcow2Cases = [
  fine('a qcow2 image of version 2', ['qcow2'], () => buildHeader({ version: 2 })),
  fine('a qcow2 image of version 3', ['qcow2'], () => buildHeader()),
  fine('a qcow2 image of version 2 with an extension where features would be', ['qcow2'], () =>
    buildHeader({ version: 2, extensions: [{ type: 0x6803f857, data: Buffer.alloc(48, 0xff) }] }),
  ),
  fine('a qcow2 image that was not closed', ['qcow2'], () => buildHeader({ incompatibleFeatures: 1n })),
  fine('a qcow2 image with trailing bytes', ['qcow2'], () => Buffer.concat([buildHeader(), Buffer.alloc(700, 0xee)])),
  fine('a qcow2 image of no bytes', ['qcow2'], () => buildHeader({ virtualSize: 0n, l1Entries: 0 })),
  harmful('qcow2 bytes declared raw', ['raw', 'qcow2'], 'format-mismatch', () => buildHeader()),
  harmful('qcow2 bytes declared as a machine image', ['ami', 'qcow2'], 'format-mismatch', () => buildHeader()),
  harmful('qcow2 bytes declared vmdk', ['vmdk', 'qcow2'], 'format-mismatch', () => buildHeader()),
  harmful('qcow2 bytes declared VHD', ['vhd', 'qcow2'], 'format-mismatch', () => buildHeader()),
  harmful('a qcow2 image with a backing file', ['qcow2'], 'backing-file', () =>
    buildHeader({ backingFileOffset: 512n }),
  ),
  harmful('a qcow2 image with a data file', ['qcow2'], 'data-file', () => buildHeader({ incompatibleFeatures: 4n })),
  harmful('a qcow2 image that names a data file', ['qcow2'], 'data-file', () =>
    buildHeader({ extensions: [{ type: 0x44415441, data: Buffer.from('/etc/passwd') }] }),
  ),
  harmful('a qcow2 image with extended L2 entries', ['qcow2'], 'unknown-feature', () =>
    buildHeader({ incompatibleFeatures: 16n }),
  ),
  harmful('a qcow2 image with a feature of the far future', ['qcow2'], 'unknown-feature', () =>
    buildHeader({ incompatibleFeatures: 1n << 63n }),
  ),
  harmful('a qcow image of version 1', ['qcow2'], 'version', () => buildHeader({ version: 1 })),
  harmful('an encrypted qcow2 image', ['qcow2'], 'encryption', () => buildHeader({ cryptMethod: 1 })),
  harmful('a qcow2 image of exabytes', ['qcow2'], 'virtual-size', () =>
    buildHeader({ clusterBits: 21, virtualSize: 1n << 60n, l1Entries: 2_097_152 }),
  ),
  harmful('a qcow2 image cut in its header', ['qcow2'], 'incomplete', () => buildHeader().subarray(0, 300)),
];
