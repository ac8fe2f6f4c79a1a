import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '../temporary-directory';
import { requireProgram } from './find-program';
import { runProgram } from './run-program';
import { isRoot } from './unix-user';

/** A file system of a test's own, mounted. */
export interface MountedFilesystem {
  readonly directory: string;
  /** Unmounts it and removes the file it lives in. */
  stop(): Promise<void>;
}

const kinds = {
  // The smallest XFS that today's mkfs.xfs makes is 300 MiB; the file is sparse.
  xfs: { debianPackage: 'xfsprogs', make: (file: string) => ['-q', '-m', 'reflink=1', file], sizeMibMin: 300 },
  ext4: { debianPackage: 'e2fsprogs', make: (file: string) => ['-q', '-F', file], sizeMibMin: 8 },
};

export interface FilesystemOptions {
  readonly sizeMib: number;
  /** What is written reaches the file below at once, without a second page cache in between: for measurements. */
  readonly isLikeADisk?: boolean;
}

/** Mounts an empty file system of the given size: XFS has reflink, ext4 has not; a small one fills up. Needs root and loop devices. */
export async function withFilesystem(
  kind: keyof typeof kinds,
  { sizeMib, isLikeADisk = false }: FilesystemOptions,
): Promise<MountedFilesystem> {
  const { debianPackage, make, sizeMibMin } = kinds[kind];
  if (!isRoot()) throw new Error(`mounting ${kind} for a test needs root; run this suite as root`);
  if (sizeMib < sizeMibMin) throw new Error(`${kind} of ${sizeMib} MiB cannot be made: at least ${sizeMibMin} MiB`);
  const mkfs = await requireProgram(`mkfs.${kind}`, { debianPackage });
  const home = await temporaryDirectory(`hearth-${kind}-`);
  const file = join(home.path, 'disk');
  const directory = join(home.path, 'mounted');
  try {
    await mkdir(directory);
    const handle = await open(file, 'w');
    await handle.truncate(sizeMib * 1024 * 1024);
    await handle.close();
    await runProgram([mkfs, ...make(file)]);
    await runProgram(['mount', '-o', 'loop', file, directory]);
    if (isLikeADisk) await writeThrough(directory);
  } catch (error) {
    await home.remove();
    throw error;
  }
  return {
    directory,
    stop: async () => {
      await unmount(directory);
      await home.remove();
    },
  };
}

async function writeThrough(directory: string): Promise<void> {
  const device = await runProgram(['findmnt', '--noheadings', '--output', 'SOURCE', directory]);
  await runProgram(['losetup', '--direct-io=on', device.trim()]);
}

/** A process that still has a file open must not keep the mount for ever: it is detached then and ends with its last user. */
async function unmount(directory: string): Promise<void> {
  await runProgram(['umount', directory]).catch(() => runProgram(['umount', '--lazy', directory]));
}
