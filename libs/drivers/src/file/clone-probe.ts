import { constants } from 'node:fs';
import { copyFile, link, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DriverError, type RunProgram } from '@hearth/driver-api';
import type { FileDriverConfig } from './file.config';

export type FileCloneMethod = 'reflink' | 'overlay' | 'copy';

/** The best way to clone that works in this directory, or the one that was asked for; throws `misconfigured` when that does not. */
export async function chooseCloneMethod(
  { directory, cloneMethod }: Pick<FileDriverConfig, 'directory' | 'cloneMethod'>,
  run: RunProgram,
): Promise<FileCloneMethod> {
  const probes = await mkdtemp(join(directory, '.hearth-probe-'));
  try {
    const source = join(probes, 'source');
    await writeFile(source, 'a file system either shares these bytes or not');
    const obstacles = {
      reflink: () => obstacleTo(copyFile(source, join(probes, 'clone'), constants.COPYFILE_FICLONE_FORCE)),
      overlay: () => obstacleTo(link(source, join(probes, 'link')), run(['qemu-img', '--version'])),
      copy: async () => undefined,
    };
    if (cloneMethod !== 'auto') {
      const cause = await obstacles[cloneMethod]();
      if (cause) throw cannot(cloneMethod, directory, cause);
      return cloneMethod;
    }
    if (!(await obstacles.reflink())) return 'reflink';
    return (await obstacles.overlay()) ? 'copy' : 'overlay';
  } finally {
    await rm(probes, { recursive: true, force: true });
  }
}

async function obstacleTo(...attempts: readonly Promise<unknown>[]): Promise<Error | undefined> {
  const results = await Promise.allSettled(attempts);
  return results.find((result) => result.status === 'rejected')?.reason as Error | undefined;
}

function cannot(method: 'reflink' | 'overlay' | 'copy', directory: string, cause: Error): DriverError {
  const needs = {
    reflink: 'a file system that shares extents, such as XFS or btrfs',
    overlay: 'a file system with hard links, and qemu-img (Debian package qemu-utils)',
    copy: 'nothing',
  };
  const advice = `it needs ${needs[method]}; provide that or set cloneMethod to 'auto'`;
  return new DriverError(
    'misconfigured',
    `cloneMethod '${method}' does not work in ${directory}: ${advice}: ${cause.message}`,
    {
      cause,
    },
  );
}
