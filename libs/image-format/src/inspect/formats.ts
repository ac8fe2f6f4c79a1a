import { parallels, qed } from './formats/banned.formats';
import type { FormatRules } from './formats/format-rules';
import { iso } from './formats/iso.format';
import { luks } from './formats/luks.format';
import { qcow2 } from './formats/qcow2.format';
import { vdi } from './formats/vdi.format';
import { vhd } from './formats/vhd.format';
import { vhdx } from './formats/vhdx.format';
import { vmdk } from './formats/vmdk.format';
import type { ImageFormat } from './image-format';

/** Formats that have a signature; a file that bears none of them is raw. */
export type SignedFormat = Exclude<ImageFormat, 'raw'>;

/** One file a format: its signature and all rules for it. The rules for raw bytes are in `formats/raw.format.ts`. */
export const formats: Readonly<Record<SignedFormat, FormatRules>> = {
  qcow2,
  qed,
  vmdk,
  vhd,
  vhdx,
  vdi,
  parallels,
  luks,
  iso,
};

/** All formats whose signature the bytes bear. */
export function matchSignatures(prefix: Buffer): SignedFormat[] {
  return (Object.keys(formats) as SignedFormat[]).filter((format) => formats[format].matches(prefix));
}
