import { chmod, open } from 'node:fs/promises';
import type { RunProgram } from '@hearth/driver-api';
import { fileMode, type StoredObject } from './object-files';

const writableByOwner = 0o200;

/** Grows an object, durably; what is added reads as zeros. */
export function extendObject(object: StoredObject, toBytes: number, run: RunProgram): Promise<void> {
  return object.format === 'raw' ? extendRaw(object, toBytes) : extendOverlay(object, toBytes, run);
}

/** The source of overlays is write-protected; growing it is no harm to them, their own size ends what they see of it. */
async function extendRaw({ path, mode }: StoredObject, toBytes: number): Promise<void> {
  const isFrozen = (mode & writableByOwner) === 0;
  if (isFrozen) await chmod(path, fileMode);
  const handle = await open(path, 'r+');
  try {
    await handle.truncate(toBytes);
    if (isFrozen) await handle.chmod(mode & 0o777);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function extendOverlay({ path }: StoredObject, toBytes: number, run: RunProgram): Promise<void> {
  await run(['qemu-img', 'resize', '-q', '-f', 'qcow2', path, String(toBytes)]);
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
