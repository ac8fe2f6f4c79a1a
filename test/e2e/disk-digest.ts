// What a disk holds, whatever file it lies in, as QEMU reads it: nothing of Hearth's own takes part.
import { createHash, randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '@hearth/testing/servers';

/** A file that `qemu-img` can read, and the name that it has for the format. */
export interface DiskFile {
  readonly file: string;
  readonly format: string;
}

const blockBytes = 64 * 1024;
const zeros = Buffer.alloc(blockBytes);

/**
 * The SHA-256 of a disk's blocks of 64 KiB that are not all zeros, each behind its number: the same for disks that read the same up to
 * zeros at their end.
 *
 * @param scratch a folder for the disk's bytes, which do not stay there
 */
export async function digestOfDisk({ file, format }: DiskFile, scratch: string): Promise<string> {
  if (format === 'raw') return digestOfRaw(file);
  const raw = join(scratch, `${randomUUID()}.raw`);
  try {
    await runProgram(['qemu-img', 'convert', '-O', 'raw', ...sourceOf({ file, format }), raw]);
    return await digestOfRaw(raw);
  } finally {
    await rm(raw, { force: true });
  }
}

/** Of the two sizes in a VHD the one that is meant to be the disk's, which `qemu-img` does not take by itself. */
function sourceOf({ file, format }: DiskFile): string[] {
  if (format !== 'vpc') return ['-f', format, file];
  return ['--image-opts', `driver=vpc,force_size_calc=current_size,file.driver=file,file.filename=${file}`];
}

interface Extent {
  readonly start: number;
  readonly length: number;
  readonly data: boolean;
}

async function digestOfRaw(file: string): Promise<string> {
  const map = JSON.parse(await runProgram(['qemu-img', 'map', '-f', 'raw', '--output=json', file])) as Extent[];
  const hash = createHash('sha256');
  const handle = await open(file, 'r');
  try {
    const block = Buffer.alloc(blockBytes);
    for (const number of blocksWithData(map)) {
      const { bytesRead } = await handle.read(block, 0, blockBytes, number * blockBytes);
      block.fill(0, bytesRead);
      if (!block.equals(zeros)) hash.update(`${number}:`).update(block);
    }
    return hash.digest('hex');
  } finally {
    await handle.close();
  }
}

function* blocksWithData(extents: readonly Extent[]): Generator<number> {
  let next = 0;
  for (const { start, length, data } of extents) {
    if (!data) continue;
    const end = Math.ceil((start + length) / blockBytes);
    for (next = Math.max(next, Math.floor(start / blockBytes)); next < end; next++) yield next;
  }
}
