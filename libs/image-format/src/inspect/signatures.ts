import type { ImageFormat } from './image-format';

/** How many bytes of a file all signatures together look at: an ISO's volume descriptor is the last. */
export const signatureBytes = 32774;

interface Signature {
  readonly format: Exclude<ImageFormat, 'raw'>;
  matches(prefix: Buffer): boolean;
}

const isoIdentifiers = ['CD001', 'NSR02', 'NSR03'];

const signatures: readonly Signature[] = [
  { format: 'qcow2', matches: (prefix) => holds(prefix, 0, 'QFI\xfb') },
  { format: 'qed', matches: (prefix) => holds(prefix, 0, 'QED\0') },
  { format: 'vmdk', matches: (prefix) => holds(prefix, 0, 'KDMV') || holds(prefix, 0, 'COWD') || isVmdkText(prefix) },
  { format: 'vhd', matches: (prefix) => holds(prefix, 0, 'conectix') },
  { format: 'vhdx', matches: (prefix) => holds(prefix, 0, 'vhdxfile') },
  { format: 'vdi', matches: (prefix) => holds(prefix, 0x40, '\x7f\x10\xda\xbe') },
  {
    format: 'parallels',
    matches: (prefix) => holds(prefix, 0, 'WithoutFreeSpace') || holds(prefix, 0, 'WithouFreSpacExt'),
  },
  { format: 'luks', matches: (prefix) => holds(prefix, 0, 'LUKS\xba\xbe') },
  { format: 'iso', matches: (prefix) => isoIdentifiers.some((identifier) => holds(prefix, 32769, identifier)) },
];

/**
 * All formats whose signature the bytes bear; none means raw.
 *
 * @param prefix the file's first `signatureBytes` bytes, or all of a shorter file
 */
export function matchSignatures(prefix: Buffer): ImageFormat[] {
  return signatures.filter((signature) => signature.matches(prefix)).map((signature) => signature.format);
}

function holds(prefix: Buffer, offset: number, text: string): boolean {
  return prefix.length >= offset + text.length && prefix.toString('latin1', offset, offset + text.length) === text;
}

/** A VMDK that is only a text naming other files: comments and blank lines, then the version. */
function isVmdkText(prefix: Buffer): boolean {
  const text = prefix.toString('latin1', 0, 4096);
  return /^# *disk descriptorfile/i.test(text) || /^(?:#[^\n]*\n|[ \t]*\r?\n)*version *= *[0-9]/i.test(text);
}
