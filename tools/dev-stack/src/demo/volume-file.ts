import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** A volume of the file driver, as it lies on a host. */
export interface VolumeFile {
  readonly file: string;
  readonly format: 'raw' | 'qcow2';
}

/** The file of a volume below the folders of the hosts. */
export async function findVolumeFile(backendDirectory: string, volumeId: string): Promise<VolumeFile> {
  const formats = { [`volume-${volumeId}`]: 'raw', [`volume-${volumeId}.qcow2`]: 'qcow2' } as const;
  for (const host of await readdir(backendDirectory)) {
    const directory = join(backendDirectory, host);
    for (const name of await readdir(directory).catch(() => [])) {
      const format = formats[name as keyof typeof formats];
      if (format) return { file: join(directory, name), format };
    }
  }
  throw new Error(`no file of volume ${volumeId} lies below ${backendDirectory}`);
}
