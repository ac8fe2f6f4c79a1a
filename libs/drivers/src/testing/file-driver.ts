import { randomUUID } from 'node:crypto';
import { canClone, type CloneCapable, type ObjectRef, type VolumeDriver } from '@hearth/driver-api';
import { openDriver } from '../registry';
import { programRunner } from '../run-program';

/** Runs the programs that the driver runs. */
export const run = programRunner();
const environment = { run, log: { info: () => undefined, warn: () => undefined } };

/** The file driver as tests of its clones use it. */
export type FileDriver = VolumeDriver & CloneCapable;

export async function openFile(config: object): Promise<FileDriver> {
  const driver = await openDriver('file', config, environment);
  if (!canClone(driver)) throw new Error('the file driver clones');
  return driver;
}

/** A name in the pool `default` that no object has. */
export function newRef(): ObjectRef {
  return { pool: 'default', name: `volume-${randomUUID()}` };
}

/** A new object of 1 GiB that begins with these bytes. */
export async function written(driver: VolumeDriver, bytes: Uint8Array): Promise<ObjectRef> {
  const object = newRef();
  const writer = await driver.openWriter(object, 1);
  await writer.write(0, bytes);
  await writer.finish();
  return object;
}
