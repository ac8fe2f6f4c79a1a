import { chmod, open } from 'node:fs/promises';
import type { RunProgram } from '@hearth/driver-api';
import { fileMode, type StoredObject, writableBits } from './object-files';

/** Grows an object that nothing stands on, durably; what is added reads as zeros. */
export function extendObject(object: StoredObject, toBytes: number, run: RunProgram): Promise<void> {
  return object.format === 'raw' ? extendRaw(object, toBytes) : extendOverlay(object, toBytes, run);
}

async function extendRaw({ path, mode }: StoredObject, toBytes: number): Promise<void> {
  if ((mode & writableBits) === 0) await chmod(path, fileMode);
  const handle = await open(path, 'r+');
  try {
    await handle.truncate(toBytes);
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
