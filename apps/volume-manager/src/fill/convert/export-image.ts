import { ConversionError } from './conversion-problems';
import { type ConversionLimits, conversionCpuSeconds } from './conversion-limits';
import { runConfined } from './confined-run';
import { type QemuImg, lendForReading, openTo, outputPath, sourceOptions } from './qemu-img';
import type { ScratchFile } from './scratch-file';
import type { ScratchSpace } from './scratch-space';

/** The image formats that a disk can be converted to, by the image service's names for them. */
export const exportFormats = ['qcow2', 'vmdk', 'vdi', 'vhd', 'vhdx'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** What qemu-img is told: qcow2 is compressed (`image_compress_on_upload`); a vhd has the disk's size, and none that fits a geometry. */
const targets: Readonly<Record<ExportFormat, readonly string[]>> = {
  qcow2: ['-O', 'qcow2', '-c'],
  vmdk: ['-O', 'vmdk', '-o', 'subformat=streamOptimized'],
  vdi: ['-O', 'vdi'],
  vhd: ['-O', 'vpc', '-o', 'force_size=on'],
  vhdx: ['-O', 'vhdx', '-o', 'subformat=dynamic'],
};

export function isExportFormat(format: string): format is ExportFormat {
  return exportFormats.some((known) => known === format);
}

export interface ExportOptions {
  /** A raw disk; nobody else may write to it. */
  readonly disk: ScratchFile;
  readonly format: ExportFormat;
  /** Bytes of data in the disk: what the image can take up, but for its tables. */
  readonly dataBytes: number;
  readonly scratch: ScratchSpace;
  readonly qemuImg: QemuImg;
  readonly signal: AbortSignal;
}

/**
 * Converts a raw disk to an image of another format, in a scratch file that the caller closes. Room is set aside before. Throws a
 * `FillError`, a `ConversionError` mostly, or the signal's reason; then nothing is left.
 */
export async function exportImage(options: ExportOptions): Promise<ScratchFile> {
  const { disk, scratch, qemuImg, dataBytes } = options;
  const virtualSizeBytes = await disk.sizeBytes();
  const reserveBytes = dataBytes + tableBytesMax(virtualSizeBytes);
  const image = await scratch.openFile({ reserveBytes });
  try {
    await openTo(image, qemuImg.confinement.gid, 0o660);
    await convert(options, image, { virtualSizeBytes, reserveBytes });
    await openTo(image, qemuImg.confinement.gid === undefined ? undefined : process.getgid?.(), 0o600);
    return image;
  } catch (error) {
    const isRoom = error instanceof ConversionError && error.problem === 'no-room';
    const failure = isRoom ? await image.full(reserveBytes, error) : error;
    await image.close();
    throw failure;
  }
}

/** Tables are a few permille of a disk; vdi and vhdx have blocks of a MiB and more, which data that is thin leaves half empty. */
const tableBytesMax = (virtualSizeBytes: number) => 64 * 2 ** 20 + virtualSizeBytes / 256;

async function convert(
  { disk, format, dataBytes, qemuImg, signal }: ExportOptions,
  image: ScratchFile,
  { virtualSizeBytes, reserveBytes }: { readonly virtualSizeBytes: number; readonly reserveBytes: number },
): Promise<void> {
  const { confinement, program, limits } = qemuImg;
  await lendForReading(disk, confinement.gid, (fd) =>
    runConfined(confinement, {
      argv: [...program, 'convert', '-p', ...sourceOptions('raw'), ...targets[format], outputPath],
      files: [fd, image.handle.fd],
      limits: processLimits(limits, 2 * virtualSizeBytes + reserveBytes, dataBytes),
      signal,
      watch: {
        stallMs: limits.stallMs,
        look: async (written) => ({ seen: `${written} ${await image.allocatedBytes()}` }),
      },
    }),
  );
}

function processLimits(limits: ConversionLimits, fileBytes: number, dataBytes: number) {
  const { addressSpaceBytes, totalMs } = limits;
  return { cpuSeconds: conversionCpuSeconds(limits, dataBytes), addressSpaceBytes, fileBytes, totalMs };
}
