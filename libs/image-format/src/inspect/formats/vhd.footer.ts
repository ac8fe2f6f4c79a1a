import type { Check } from '../failed-check';
import { isCountable } from './bytes';

export const footerBytes = 512;
export const cookie = 'conectix';

const checksumAt = 64;
const diskTypes = { fixed: 2, dynamic: 3, differencing: 4 };
/** 2040 GiB. */
const sectorsMax = 0xff00_0000;
export interface VhdFooter {
  /** Where the header of a dynamic disk lies, in bytes of the file. */
  readonly dataOffset: bigint;
  readonly diskType: number;
  readonly version: number;
  readonly checksumIsRight: boolean;
  readonly currentSize: bigint;
  /**
   * The disk's present size, in whole sectors. The geometry beside it may be smaller, by up to a cylinder; QEMU believes one or the other
   * by the program that made the disk, unless it is told (`force_size_calc=current_size`), which it is when it converts.
   */
  readonly virtualSizeBytes: number;
}

export function readFooter(footer: Buffer): VhdFooter {
  const currentSize = footer.readBigUInt64BE(48);
  return {
    dataOffset: footer.readBigUInt64BE(16),
    diskType: footer.readUInt32BE(60),
    version: footer.readUInt32BE(12),
    checksumIsRight: hasRightChecksum(footer, checksumAt),
    currentSize,
    virtualSizeBytes: Number((currentSize / 512n) * 512n),
  };
}

/** The one's complement of the sum of all bytes but the checksum's own. */
export function hasRightChecksum(bytes: Buffer, at: number): boolean {
  let sum = 0;
  for (const [index, byte] of bytes.entries()) if (index < at || index >= at + 4) sum += byte;
  return bytes.readUInt32BE(at) === ~sum >>> 0;
}

const checkVersion: Check<VhdFooter> = [
  'version',
  ({ version }) =>
    version === 0x10000
      ? undefined
      : `the file is VHD version ${version >>> 16}.${version & 0xffff}; only 1.0 is accepted`,
];

const checkChecksum: Check<VhdFooter> = [
  'footer',
  ({ checksumIsRight }) => (checksumIsRight ? undefined : 'the checksum of its footer is wrong'),
];

const checkParent: Check<VhdFooter> = [
  'backing-file',
  ({ diskType }) =>
    diskType === diskTypes.differencing ? 'the image holds only the differences to another' : undefined,
];

const checkVirtualSize: Check<VhdFooter> = [
  'virtual-size',
  ({ currentSize, virtualSizeBytes }) =>
    isCountable(currentSize) && virtualSizeBytes <= sectorsMax * 512
      ? undefined
      : `a disk of ${currentSize} bytes is not possible; a VHD has at most 2040 GiB`,
];

function checkDiskType(expected: 'fixed' | 'dynamic'): Check<VhdFooter> {
  return [
    'image-type',
    ({ diskType }) =>
      diskType === diskTypes[expected] || diskType === diskTypes.differencing
        ? undefined
        : `its footer names disk type ${diskType}; where it stands only ${diskTypes[expected]} (${expected}) is possible`,
  ];
}

const checkDataOffset: Check<VhdFooter> = [
  'dynamic-header',
  ({ dataOffset }) =>
    dataOffset >= BigInt(footerBytes) && isCountable(dataOffset)
      ? undefined
      : `its header cannot lie at byte ${dataOffset}`,
];

const checkFooter = [checkVersion, checkChecksum, checkParent, checkVirtualSize];

/** The rules for the footer at the end of a fixed disk. */
export const checkFixedFooter = [...checkFooter, checkDiskType('fixed')];
/** The rules for the copy of the footer at the beginning of a dynamic disk. */
export const checkDynamicFooter = [...checkFooter, checkDiskType('dynamic'), checkDataOffset];
