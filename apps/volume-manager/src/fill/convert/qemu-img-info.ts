import { z } from 'zod';
import { ConversionError, lastLine } from './conversion-problems';
import { type QemuImg, type StoredFormat, askQemuImg, inputPath, sourceOptions } from './qemu-img';
import type { ScratchFile } from './scratch-file';

export interface SecondOpinionOptions {
  readonly image: ScratchFile;
  /** What the inspector recognised. */
  readonly format: StoredFormat;
  /** What the inspector read in the image's header. */
  readonly virtualSizeBytes: number;
  readonly qemuImg: QemuImg;
  readonly signal: AbortSignal;
}

/** `qemu-img info`, as far as it is compared. Its names of vmdk types are spelled as in the descriptor. */
const infoSchema = z.object({
  format: z.string(),
  'virtual-size': z.number(),
  'backing-filename': z.string().optional(),
  'full-backing-filename': z.string().optional(),
  encrypted: z.boolean().optional(),
  'format-specific': z
    .object({
      type: z.string(),
      data: z.object({
        'create-type': z.string().optional(),
        'data-file': z.string().optional(),
        encrypt: z.unknown().optional(),
        extents: z.array(z.object({ filename: z.string(), compressed: z.boolean().optional() })).optional(),
      }),
    })
    .optional(),
});

export type QemuImgInfo = z.infer<typeof infoSchema>;

/** The kinds of vmdk that are one file, as in Cinder's `vmdk_allowed_types`. */
const vmdkTypes = ['monolithicsparse', 'streamoptimized'];

/**
 * The second opinion on an image that the inspector has accepted: what `qemu-img info` finds must be the same. Throws
 * `image.unacceptable` with the check `qemu-img-disagrees`, naming every difference, or how qemu-img failed.
 */
export async function qemuImgInfo(options: SecondOpinionOptions): Promise<QemuImgInfo> {
  const { image, format, qemuImg, signal } = options;
  const args = ['info', '--output=json', ...sourceOptions(format)];
  const info = infoSchema.safeParse(await askQemuImg(qemuImg, { image, args, signal }));
  if (!info.success) throw new ConversionError('garbage', `qemu-img info: ${z.prettifyError(info.error)}`);
  const differences = differencesOf(info.data, options);
  if (differences.length > 0) throw new ConversionError('qemu-img-disagrees', differences.join('; '));
  return info.data;
}

/** Whether data of the disk is packed in the image, so that the disk may hold more of it than the file has bytes. */
export function isPacked(info: QemuImgInfo): boolean {
  return info['format-specific']?.data.extents?.some(({ compressed }) => compressed) ?? false;
}

/** What qemu-img sees otherwise than the inspector does, or sees and must not be there. */
export function differencesOf(
  info: QemuImgInfo,
  { format, virtualSizeBytes }: Pick<SecondOpinionOptions, 'format' | 'virtualSizeBytes'>,
): string[] {
  const found: string[] = [];
  const data = info['format-specific']?.data ?? {};
  if (info.format !== format) found.push(`format ${quoted(info.format)}, not ${format}`);
  if (info['virtual-size'] !== virtualSizeBytes) {
    found.push(`virtual size ${info['virtual-size']}, not ${virtualSizeBytes}`);
  }
  if (info['backing-filename'] !== undefined || info['full-backing-filename'] !== undefined) found.push('backing file');
  if (data['data-file'] !== undefined) found.push('data file');
  if (info.encrypted === true || data.encrypt !== undefined) found.push('encryption');
  return format === 'vmdk' ? [...found, ...vmdkDifferences(data)] : found;
}

type FormatData = NonNullable<QemuImgInfo['format-specific']>['data'];

function vmdkDifferences({ 'create-type': createType = '', extents = [] }: FormatData): string[] {
  const found: string[] = [];
  if (!vmdkTypes.includes(createType.toLowerCase())) found.push(`vmdk type ${quoted(createType)}`);
  if (extents.length !== 1) found.push(`${extents.length} extents, not 1`);
  if (extents.some(({ filename }) => filename !== inputPath)) found.push('extent in another file');
  return found;
}

/** Words of the image's own, short and printable. */
const quoted = (text: string) => JSON.stringify(lastLine(text).slice(0, 64));
