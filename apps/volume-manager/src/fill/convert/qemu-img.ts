import type { ConvertibleImage } from '@hearth/image-format';
import { open } from 'node:fs/promises';
import { runConfined } from './confined-run';
import type { Confinement } from './confinement';
import type { ConversionLimits } from './conversion-limits';
import { ConversionError } from './conversion-problems';
import type { ScratchFile } from './scratch-file';

/** The program and how it is held. */
export interface QemuImg {
  /** Name or path, and arguments that come before all others. */
  readonly program: readonly [string, ...string[]];
  readonly confinement: Confinement;
  readonly limits: ConversionLimits;
}

/** Formats that are given to qemu-img, under its own names for them. */
export type StoredFormat = ConvertibleImage['qemuFormat'];

/** Where the program finds the first and the second file it is given: absolute, and free of anything a user has said. */
export const inputPath = '/proc/self/fd/3';
export const outputPath = '/proc/self/fd/4';

/**
 * The image as qemu-img is told of it: its format named, and the file a plain file, so that nothing is probed and no name is taken for
 * a protocol. Of the two sizes in a vhd qemu by default believes the geometry, which may be smaller; the other one is the disk's.
 */
export function sourceOptions(format: StoredFormat | 'raw'): string[] {
  const sizeRule = format === 'vpc' ? ',force_size_calc=current_size' : '';
  return ['--image-opts', `driver=${format},file.driver=file,file.filename=${inputPath}${sizeRule}`];
}

/** Gives an image to a piece of work as a descriptor for reading only. Its file is opened to the group that the program runs in. */
export async function lendForReading<T>(
  image: ScratchFile,
  gid: number | undefined,
  work: (fd: number) => Promise<T>,
): Promise<T> {
  await openTo(image, gid, 0o440);
  const lent = await open(image.path, 'r');
  try {
    return await work(lent.fd);
  } finally {
    await lent.close();
  }
}

/** Lets a group at a file of ours; without one the program runs as ourselves and may do so anyway. */
export async function openTo(file: ScratchFile, gid: number | undefined, mode: number): Promise<void> {
  if (gid === undefined) return;
  await file.handle.chown(process.getuid?.() ?? 0, gid);
  await file.handle.chmod(mode);
}

/** Asks qemu-img something about an image and gives its answer, still to be validated. */
export async function askQemuImg(
  { program, confinement, limits }: QemuImg,
  { image, args, signal }: { image: ScratchFile; args: readonly string[]; signal: AbortSignal },
): Promise<unknown> {
  const { cpuSeconds, addressSpaceBytes, lookMs } = limits;
  const answer = await lendForReading(image, confinement.gid, (fd) =>
    runConfined(confinement, {
      argv: [...program, ...args],
      files: [fd],
      limits: { cpuSeconds, addressSpaceBytes, fileBytes: 0, totalMs: lookMs },
      signal,
    }),
  );
  try {
    return JSON.parse(answer) as unknown;
  } catch (cause) {
    throw new ConversionError('garbage', `qemu-img ${args[0]} does not answer in JSON`, { cause });
  }
}
