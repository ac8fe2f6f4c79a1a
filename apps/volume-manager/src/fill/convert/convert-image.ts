import { z } from 'zod';
import { type ConversionLimits, conversionCpuSeconds } from './conversion-limits';
import { ConversionError } from './conversion-problems';
import { runConfined } from './confined-run';
import {
  type QemuImg,
  type StoredFormat,
  askQemuImg,
  lendForReading,
  openTo,
  outputPath,
  sourceOptions,
} from './qemu-img';
import type { ScratchFile } from './scratch-file';
import type { ScratchSpace } from './scratch-space';

export interface ConvertOptions {
  /** Accepted by the inspector and by `qemuImgInfo`; nobody else may write to it. */
  readonly image: ScratchFile;
  readonly format: StoredFormat;
  readonly virtualSizeBytes: number;
  /** Whether the image's data is compressed: if not, there cannot be more of it than the file has bytes. */
  readonly isPacked: boolean;
  readonly scratch: ScratchSpace;
  readonly qemuImg: QemuImg;
  readonly signal: AbortSignal;
  /** Hears, from 0 to 1, how much is done. */
  readonly onProgress?: (fraction: number) => void;
}

/**
 * Converts a stored image to raw: a sparse scratch file of exactly `virtualSizeBytes`, which the caller closes. Room for the image's
 * data is set aside before, and the conversion ends when it takes more. Throws a `FillError`, a `ConversionError` mostly, or the
 * signal's reason; then nothing is left.
 */
export async function convertImage(options: ConvertOptions): Promise<ScratchFile> {
  const { image, scratch, qemuImg, virtualSizeBytes, isPacked } = options;
  const measuredBytes = await measure(options);
  // Of a vhdx each block is measured as if it were there; and blocks that lie on each other are measured as if they did not.
  const dataBytes = isPacked ? measuredBytes : Math.min(measuredBytes, await image.sizeBytes());
  const output = await scratch.openFile({ reserveBytes: dataBytes });
  try {
    await output.handle.truncate(virtualSizeBytes);
    await openTo(output, qemuImg.confinement.gid, 0o660);
    await convert(options, output, dataBytes);
    await openTo(output, qemuImg.confinement.gid === undefined ? undefined : process.getgid?.(), 0o600);
    const sizeBytes = await output.sizeBytes();
    if (sizeBytes !== virtualSizeBytes) {
      throw new ConversionError('output-limit', `the disk has ${sizeBytes} bytes, not ${virtualSizeBytes}`);
    }
    const excess = excessOf(await output.allocatedBytes(), dataBytes);
    if (excess) throw new ConversionError('output-limit', excess);
    return output;
  } catch (error) {
    const failure =
      error instanceof ConversionError && error.problem === 'no-room' ? await output.full(dataBytes, error) : error;
    await output.close();
    throw failure;
  }
}

async function convert(options: ConvertOptions, output: ScratchFile, dataBytes: number): Promise<void> {
  const { image, format, virtualSizeBytes, qemuImg, signal, onProgress } = options;
  const { confinement, program, limits } = qemuImg;
  // The output is there, of the right length and empty: qemu-img neither makes it nor fills it with zeros.
  const into = [
    '-n',
    '--target-is-zero',
    '--target-image-opts',
    `driver=raw,file.driver=file,file.filename=${outputPath}`,
  ];
  await lendForReading(image, confinement.gid, (fd) =>
    runConfined(confinement, {
      argv: [...program, 'convert', '-p', ...sourceOptions(format), ...into],
      files: [fd, output.handle.fd],
      limits: processLimits(limits, { virtualSizeBytes, dataBytes }),
      signal,
      watch: {
        stallMs: limits.stallMs,
        look: async (written) => {
          const percent = lastPercent(written);
          if (percent !== undefined) onProgress?.(Math.min(percent / 100, 1));
          const allocatedBytes = await output.allocatedBytes();
          return { seen: `${percent} ${allocatedBytes}`, excess: excessOf(allocatedBytes, dataBytes) };
        },
      },
    }),
  );
  onProgress?.(1);
}

/** Beyond its data a file takes up blocks that are begun, and what the file system needs to find them. */
const allocationMarginBytes = (dataBytes: number) => 16 * 2 ** 20 + dataBytes / 64;

/** What is wrong with a disk that takes up more than there can be data in its image; undefined if it does not. */
function excessOf(allocatedBytes: number, dataBytes: number): string | undefined {
  if (allocatedBytes <= dataBytes + allocationMarginBytes(dataBytes)) return undefined;
  return `the disk takes up ${allocatedBytes} bytes, and the image holds ${dataBytes} bytes of data`;
}

function processLimits(
  limits: ConversionLimits,
  { virtualSizeBytes, dataBytes }: { readonly virtualSizeBytes: number; readonly dataBytes: number },
) {
  const { addressSpaceBytes, totalMs } = limits;
  return {
    cpuSeconds: conversionCpuSeconds(limits, dataBytes),
    addressSpaceBytes,
    fileBytes: virtualSizeBytes,
    totalMs,
  };
}

/** qemu-img writes `(12.34/100%)` over and over. */
function lastPercent(written: string): number | undefined {
  const percent = [...written.matchAll(/\((\d+\.\d+)\/100%\)/g)].at(-1)?.[1];
  return percent === undefined ? undefined : Number(percent);
}

const measureSchema = z.object({ required: z.number(), 'fully-allocated': z.number() });
const measuredUnitBytes = 64 * 1024;

/**
 * Bytes of data in an image, rounded up to units of 64 KiB: what the raw disk can take up at most. `qemu-img measure` counts holes for
 * a raw file, but not for a qcow2 one, whose tables are then taken off again: they are what a full disk needs beyond its own size.
 */
async function measure({ image, format, virtualSizeBytes, qemuImg, signal }: ConvertOptions): Promise<number> {
  const args = ['measure', '--output=json', '-O', 'qcow2', ...sourceOptions(format)];
  const answer = measureSchema.safeParse(await askQemuImg(qemuImg, { image, args, signal }));
  if (!answer.success) throw new ConversionError('garbage', `qemu-img measure: ${z.prettifyError(answer.error)}`);
  const { required, 'fully-allocated': full } = answer.data;
  const diskBytes = Math.ceil(virtualSizeBytes / measuredUnitBytes) * measuredUnitBytes;
  return Math.max(Math.min(required - (full - diskBytes), virtualSizeBytes), 0);
}
