import { constants } from 'node:fs';
import { copyFile, type FileHandle, stat } from 'node:fs/promises';

/** What the system says where extents cannot be shared: another file system, or one that cannot do it (for these files). */
const obstacles = new Set(['EXDEV', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL', 'ENOSYS', 'ENOTTY']);

/**
 * Makes an open file, empty so far, share all extents of the regular file at `path`, and gives it back its length and mode. `false`
 * when that cannot be done here; the file is as empty as before then. The copy goes to the open file, by way of its
 * descriptor, and never to its name: that may belong to another attempt by now, and a copy that fails removes its target.
 */
export async function shareFile(path: string, target: FileHandle, lengthBytes: number): Promise<boolean> {
  const [source, before] = await Promise.all([stat(path), target.stat()]);
  if (!source.isFile()) throw new Error(`${path} is not a regular file`);
  if (source.dev === before.dev && source.ino === before.ino) throw new Error(`${path} is the object itself`);
  if (source.size > lengthBytes)
    throw new Error(`${path} has ${source.size} bytes, and the object only ${lengthBytes}`);
  const isShared = await copyFile(path, `/proc/self/fd/${target.fd}`, constants.COPYFILE_FICLONE_FORCE).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (obstacles.has(error.code ?? '')) return false;
      throw error;
    },
  );
  const { size } = await target.stat();
  if (size > lengthBytes) throw new Error(`${path} grew to ${size} bytes meanwhile, and the object has ${lengthBytes}`);
  if (!isShared) await target.truncate(0);
  await target.truncate(lengthBytes);
  await target.chmod(before.mode & 0o777);
  return isShared;
}
