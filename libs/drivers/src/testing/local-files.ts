import { randomUUID } from 'node:crypto';
import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DriverUnderTest } from '@hearth/driver-api/testing';

/** Files in a directory that exists, for a driver that can share their extents or cannot. */
export function localFilesIn(
  directory: string,
  { shares }: { readonly shares: boolean },
): NonNullable<DriverUnderTest['localFiles']> {
  return {
    shares,
    make: async (bytes, lengthBytes) => {
      const path = join(directory, randomUUID());
      await write(path, 'wx', bytes, lengthBytes);
      return path;
    },
    read: (path) => readFile(path),
    overwrite: (path, bytes) => write(path, 'r+', bytes),
    remove: (path) => rm(path, { force: true }),
  };
}

/** Images in a folder as Glance keeps them: each a file that bears its id. */
export function imagesIn(
  directory: string,
  { shares }: { readonly shares: boolean },
): NonNullable<DriverUnderTest['images']> {
  const pathOf = (imageId: string) => join(directory, imageId);
  return {
    shares,
    plant: async (imageId, bytes, sizeBytes) => {
      await write(pathOf(imageId), 'wx', bytes, sizeBytes);
      return `file://${pathOf(imageId)}`;
    },
    overwrite: (imageId, bytes) => write(pathOf(imageId), 'r+', bytes),
    remove: (imageId) => rm(pathOf(imageId), { force: true }),
  };
}

async function write(path: string, flags: 'wx' | 'r+', bytes: Uint8Array, lengthBytes?: number): Promise<void> {
  const handle = await open(path, flags);
  try {
    await handle.write(bytes, 0, Math.min(bytes.length, lengthBytes ?? bytes.length), 0);
    if (lengthBytes !== undefined) await handle.truncate(lengthBytes);
  } finally {
    await handle.close();
  }
}
