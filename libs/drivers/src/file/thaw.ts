import { chmod } from 'node:fs/promises';
import { cloneByOverlay } from './clone-methods';
import type { FilePool } from './file.pool';
import { fileMode, type StoredObject, writableBits } from './object-files';

/**
 * Whether clones or snapshots stand on the object's own file, so that it must not change. Its names tell, and not its write bits: those may
 * have come back, from a backup or by an operator's hand.
 */
export function isShared({ format, links }: StoredObject): boolean {
  return format === 'raw' && links > 1;
}

/**
 * Lets an object be written to, and be of `sizeBytes`: one whose file others stand on becomes an empty overlay over it; one that they have
 * left gets its write bits back. Durable when it settles; until then the object is what it was.
 */
export async function thaw(pool: FilePool, object: StoredObject, sizeBytes = object.sizeBytes): Promise<StoredObject> {
  if (object.format === 'overlay') return object;
  const { name } = object;
  if (!isShared(object)) {
    if ((object.mode & writableBits) === 0) await chmod(object.path, fileMode);
    return object;
  }
  await pool.clearingUp(name, async () => {
    const { run } = pool.environment;
    await cloneByOverlay({ files: pool.files, run, source: object, target: name, sizeBytes });
    await pool.files.settle(name, 'overlay');
  });
  return pool.require(name);
}
