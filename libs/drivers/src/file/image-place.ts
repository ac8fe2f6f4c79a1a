import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readlink, realpath } from 'node:fs/promises';
import { basename, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ImageUnfit, PlaceOfImage } from '@hearth/driver-api';
import { isSystemError } from './file.errors';
import { objectOfFile } from './object-name';

/** A file that was opened as an image's, or why it was not. */
export type ImageFile = { readonly handle: FileHandle; readonly path: string } | { readonly unfit: ImageUnfit };

const unfit = (reason: ImageUnfit): ImageFile => ({ unfit: reason });

/**
 * Opens the file that a `file://` URL names, if it lies in one of the folders and is named after the image, as Glance names what it stores:
 * who registers a place of an image of theirs can name nobody else's file by it, whatever the URL looks like. What was opened is what is
 * judged, so that nothing that is renamed meanwhile counts; a link in the way may lead anywhere as long as that is in a folder.
 */
export async function openImageFile(
  { imageId, url }: PlaceOfImage,
  directories: readonly string[],
): Promise<ImageFile> {
  const path = pathOf(url);
  if (path === undefined) return unfit('place-not-supported');
  const isVolume = objectOfFile(imageId) !== undefined;
  if (directories.length === 0 || isVolume || basename(path) !== imageId) return unfit('place-not-allowed');
  let handle: FileHandle | undefined;
  try {
    // A device may act on being opened.
    if (!(await lstat(path)).isFile()) return unfit('not-a-file');
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const found = await handle.stat();
    const reason = found.isFile() && found.size > 0 ? await whyNotThere(handle, imageId, directories) : 'not-a-file';
    if (reason === undefined) return { handle, path };
    await handle.close();
    return unfit(reason);
  } catch (error) {
    await handle?.close();
    if (isSystemError(error, 'ELOOP')) return unfit('not-a-file');
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ENAMETOOLONG'].some((code) => isSystemError(error, code))) {
      return unfit('place-not-found');
    }
    throw error;
  }
}

/** An absolute path of this machine, without `.` and `..`; undefined for any other URL. */
function pathOf(url: string): string | undefined {
  try {
    const { protocol, hostname, pathname, search, hash } = new URL(url);
    if (protocol !== 'file:' || !['', 'localhost'].includes(hostname) || search !== '' || hash !== '') return undefined;
    const path = fileURLToPath(`file://${pathname}`);
    return path.includes('\0') ? undefined : path;
  } catch {
    return undefined;
  }
}

/** The kernel says where the open file lies. */
async function whyNotThere(
  handle: FileHandle,
  imageId: string,
  directories: readonly string[],
): Promise<ImageUnfit | undefined> {
  const there = await readlink(`/proc/self/fd/${handle.fd}`);
  if (basename(there) !== imageId) return 'place-not-allowed';
  for (const directory of directories) {
    const folder = await realpath(directory).catch(() => undefined);
    if (folder !== undefined && isInside(folder, there)) return undefined;
  }
  return 'place-not-allowed';
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`);
}
