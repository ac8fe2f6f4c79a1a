import { type Region, decodeQcow2File } from '@hearth/image-format';
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { undecodable } from './image-problems';

export interface SpoolOptions {
  /** Made if it is not there; the file in it is gone when the promise settles. */
  readonly directory: string;
  readonly chunks: AsyncIterable<Buffer>;
  readonly onChunk: (chunk: Buffer) => Promise<void>;
  /** Takes a region; its bytes are valid until the promise settles. */
  readonly onRegion: (region: Region) => Promise<void>;
}

/** Stores a qcow2 image and decodes it from there, for layouts that cannot be read in one pass. The size of the guest's disk in bytes. */
export async function spoolImage({ directory, chunks, onChunk, onRegion }: SpoolOptions): Promise<number> {
  await mkdir(directory, { recursive: true });
  const folder = await mkdtemp(join(directory, 'spool-'));
  try {
    const file = await open(join(folder, 'image'), 'wx+', 0o600);
    try {
      let sizeBytes = 0;
      for await (const chunk of chunks) {
        await Promise.all([onChunk(chunk), file.write(chunk, 0, chunk.length, sizeBytes)]);
        sizeBytes += chunk.length;
      }
      const read = async (offset: number, length: number) => {
        const buffer = Buffer.allocUnsafe(length);
        const { bytesRead } = await file.read(buffer, 0, length, offset);
        return buffer.subarray(0, bytesRead);
      };
      const result = await decodeQcow2File({ sizeBytes, read }, onRegion);
      if (result.status === 'failed') throw undecodable(result.problem);
      return result.virtualSizeBytes;
    } finally {
      await file.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
