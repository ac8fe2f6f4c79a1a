import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { requireProgram, runProgram } from '@hearth/testing/servers';
import { madeOnce } from './made-once';
import { writeSampleTree } from './sample-tree';

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
 * Its files are the same every time; ids and times in the file system are not. Returns its path.
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
  return madeOnce({ directory, fileName }, async (work) => {
    const tools = await findTools(log);
    const tree = join(work, 'tree');
    const disk = join(work, 'disk.raw');
    log(`demo image: writing ${dataMib} MiB of sample files`);
    await writeSampleTree(tree, { dataMib });
    log(`demo image: making a disk of ${virtualSizeMib} MiB with a partition table and an ext4 file system`);
    await makeDisk(tools, { disk, tree, virtualSizeMib });
    log('demo image: converting it to qcow2');
    const finished = join(work, fileName);
    await runProgram([tools.qemuImg, 'convert', '-f', 'raw', '-O', 'qcow2', disk, finished]);
    log(`demo image: ${join(directory, fileName)} is ready, ${Math.round((await stat(finished)).size / mib)} MiB`);
    return finished;
  });
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
  const options = `root_owner=0:0,offset=${partitionStartBytes}`;
  const argv = [mke2fs, '-q', '-F', '-t', 'ext4', '-L', 'hearth-demo', '-E', options, '-d', tree];
  await runProgram([...argv, disk, `${partitionBytes / 1024}k`]);
}

function partitionTable(partitionBytes: number): string {
  const sectorBytes = 512;
  const [start, size] = [partitionStartBytes / sectorBytes, partitionBytes / sectorBytes];
  return `label: gpt\nstart=${start}, size=${size}, type=linux, name=root\n`;
}
