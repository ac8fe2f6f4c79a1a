import { mkdir, mkdtemp, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { requireProgram, runProgram } from '@hearth/testing/servers';
import { sampleTime, writeSampleTree } from './sample-tree';

/** How to make the demonstration's image. */
export interface DemoImageOptions {
  /** Where it is put, and found again; made when missing. */
  readonly directory: string;
  readonly fileName?: string;
  /** The size of the disk that a guest would see. */
  readonly virtualSizeMib?: number;
  /** The size of the files on it, roughly. */
  readonly dataMib?: number;
  readonly log?: (line: string) => void;
}

const mib = 1024 * 1024;
const partitionStartBytes = mib;
/** The second copy of a GPT takes 33 sectors at the end; file systems like to end at a round place. */
const tailBytes = mib;

/**
 * Makes a real disk image, once: a GPT, one ext4 partition with files, as qcow2. Needs neither root nor a mount; sfdisk, mke2fs and
 * qemu-img are installed from Debian when missing and we are root. It appears under its name only when it is whole.
 * The same options give the same bytes with the same tools. Returns its path.
 */
export async function makeDemoImage(options: DemoImageOptions): Promise<string> {
  const {
    directory,
    fileName = 'hearth-demo.qcow2',
    virtualSizeMib = 2048,
    dataMib = 300,
    log = () => undefined,
  } = options;
  if (dataMib > virtualSizeMib * 0.8)
    throw new Error(`${dataMib} MiB of files do not fit on a disk of ${virtualSizeMib} MiB; at most four fifths of it`);
  const target = join(directory, fileName);
  if (await stat(target).catch(() => undefined)) return target;
  const tools = await findTools(log);
  await mkdir(directory, { recursive: true });
  const work = await mkdtemp(join(directory, '.making-'));
  try {
    const tree = join(work, 'tree');
    const disk = join(work, 'disk.raw');
    log(`demo image: writing ${dataMib} MiB of sample files`);
    await writeSampleTree(tree, { dataMib });
    log(`demo image: making a disk of ${virtualSizeMib} MiB with a partition table and an ext4 file system`);
    await makeDisk(tools, { disk, tree, virtualSizeMib });
    log('demo image: converting it to qcow2');
    const finished = join(work, fileName);
    await runProgram([tools.qemuImg, 'convert', '-f', 'raw', '-O', 'qcow2', disk, finished]);
    await rename(finished, target);
    log(`demo image: ${target} is ready, ${Math.round((await stat(target)).size / mib)} MiB`);
    return target;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

interface Tools {
  readonly sfdisk: string;
  readonly mke2fs: string;
  readonly qemuImg: string;
}

async function findTools(log: (line: string) => void): Promise<Tools> {
  const sfdisk = await requireProgram('sfdisk', { debianPackage: 'fdisk', log });
  const mke2fs = await requireProgram('mke2fs', { debianPackage: 'e2fsprogs', log });
  const qemuImg = await requireProgram('qemu-img', { debianPackage: 'qemu-utils', log });
  return { sfdisk, mke2fs, qemuImg };
}

async function makeDisk(
  { sfdisk, mke2fs }: Tools,
  { disk, tree, virtualSizeMib }: { disk: string; tree: string; virtualSizeMib: number },
): Promise<void> {
  const handle = await open(disk, 'wx');
  await handle.truncate(virtualSizeMib * mib);
  await handle.close();
  const partitionBytes = virtualSizeMib * mib - partitionStartBytes - tailBytes;
  await runProgram([sfdisk, '--quiet', disk], { input: partitionTable(partitionBytes) });
  // The file system is made in place, behind the partition table: no mount, no loop device, no second file.
  const fixed = `root_owner=0:0,hash_seed=${fileSystemId},offset=${partitionStartBytes}`;
  const argv = [mke2fs, '-q', '-F', '-t', 'ext4', '-L', 'hearth-demo', '-U', fileSystemId, '-E', fixed, '-d', tree];
  const sameTime = ['/usr/bin/env', `E2FSPROGS_FAKE_TIME=${sampleTime.getTime() / 1000}`];
  await runProgram([...sameTime, ...argv, disk, `${partitionBytes / 1024}k`]);
}

// Ids that are the same every time, so that the image is.
const diskId = '4E1D1A62-6D2F-4B44-9B0C-6A1C5F0D7E01';
const partitionId = '4E1D1A62-6D2F-4B44-9B0C-6A1C5F0D7E02';
const fileSystemId = '4e1d1a62-6d2f-4b44-9b0c-6a1c5f0d7e03';

function partitionTable(partitionBytes: number): string {
  const sectorBytes = 512;
  const [start, size] = [partitionStartBytes / sectorBytes, partitionBytes / sectorBytes];
  return `label: gpt\nlabel-id: ${diskId}\nstart=${start}, size=${size}, type=linux, name=root, uuid=${partitionId}\n`;
}
