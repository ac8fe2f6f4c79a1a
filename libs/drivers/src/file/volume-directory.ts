import { type FileHandle, mkdir, open, realpath, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DriverError } from '@hearth/driver-api';
import type { FileDriverConfig } from './file.config';
import { isSystemError } from './file.errors';
import { statIfThere } from './object-files';

/** The directory that a pool lives in, held open: a file system in use is not unmounted by mistake. */
export class VolumeDirectory {
  private constructor(
    readonly path: string,
    private readonly handle: FileHandle,
    private readonly identity: { readonly dev: number; readonly ino: number },
  ) {}

  /** Finds or makes it. Throws `misconfigured` when it is no directory or nothing is mounted where a mount is required. */
  static async open({
    directory,
    requireMount,
  }: Pick<FileDriverConfig, 'directory' | 'requireMount'>): Promise<VolumeDirectory> {
    if (!requireMount) await makeIfMissing(directory);
    const path = await realpath(directory);
    const found = await stat(path);
    if (!found.isDirectory()) throw new DriverError('misconfigured', `${directory} is not a directory`);
    if (requireMount && (await stat(dirname(path))).dev === found.dev) {
      throw new DriverError(
        'misconfigured',
        `nothing is mounted at ${directory}, and requireMount is set; mount it first`,
      );
    }
    return new VolumeDirectory(path, await open(path, 'r'), { dev: found.dev, ino: found.ino });
  }

  /** The file system that it lies on. */
  get dev(): number {
    return this.identity.dev;
  }

  /** Makes the entries durable: what was created, renamed or removed before the call. */
  sync(): Promise<void> {
    return this.handle.sync();
  }

  /** Throws `unavailable` when the path leads elsewhere by now: every object would look as if it were gone. */
  async requireInPlace(): Promise<void> {
    const there = await statIfThere(this.path);
    if (there?.dev === this.identity.dev && there.ino === this.identity.ino) return;
    const message = `${this.path} is no longer the directory that was opened; mount it again, then restart the service`;
    throw new DriverError('unavailable', message);
  }

  /** Bytes of the file system and those that are free to us. */
  async room(): Promise<{ readonly totalBytes: number; readonly freeBytes: number }> {
    const { bsize, blocks, bavail } = await statfs(this.path);
    return { totalBytes: blocks * bsize, freeBytes: bavail * bsize };
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

async function makeIfMissing(directory: string): Promise<void> {
  await mkdir(directory, { mode: 0o770 }).catch((error) => {
    if (isSystemError(error, 'EEXIST')) return;
    if (!isSystemError(error, 'ENOENT')) throw error;
    const message = `${directory} cannot be made because its parent is missing; make it, or mount the file system`;
    throw new DriverError('misconfigured', message, { cause: error });
  });
}
