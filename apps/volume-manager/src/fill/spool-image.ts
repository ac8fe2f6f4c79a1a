import { type DecodeProblem, type Region, decodeQcow2File, unpackRegion } from '@hearth/image-format';
import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { noScratchRoom } from './image-problems';

export interface SpoolOptions {
  /** Made if it is not there; nothing of the image can be found in it, even after a crash. */
  readonly directory: string;
  readonly chunks: AsyncIterable<Buffer>;
  readonly onChunk: (chunk: Buffer) => Promise<void>;
  /** Called when all bytes are stored and before any of them is decoded; what it throws ends the work. */
  readonly onStored: () => Promise<void>;
  /** Takes a region; its bytes are valid until the promise settles. */
  readonly onRegion: (region: Region) => Promise<void>;
}

/** The size of the guest's disk in bytes, or why there is none. */
export type Spooled =
  | { readonly status: 'finished'; readonly virtualSizeBytes: number }
  | { readonly status: 'failed'; readonly problem: DecodeProblem };

/** Stores a qcow2 image and decodes it from there, for layouts that cannot be read in one pass. */
export async function spoolImage(options: SpoolOptions): Promise<Spooled> {
  const { directory, chunks, onChunk, onStored, onRegion } = options;
  const file = await openNameless(directory);
  try {
    let sizeBytes = 0;
    for await (const chunk of chunks) {
      await Promise.all([onChunk(chunk), store(file, chunk, sizeBytes, directory)]);
      sizeBytes += chunk.length;
    }
    await onStored();
    let damaged: Spooled | undefined;
    const decoded = await decodeQcow2File({ sizeBytes, read: reader(file) }, async (region) => {
      const unpacked = 'packed' in region ? unpackRegion(region) : ({ status: 'unpacked', region } as const);
      if (unpacked.status === 'failed') damaged ??= unpacked;
      else if (!damaged) await onRegion(unpacked.region);
    });
    return damaged ?? decoded;
  } finally {
    await file.close();
  }
}

const prefix = 'spool-';

/**
 * A file whose name is gone as soon as it is open: the system frees it when the process ends, however it ends. A name that is still
 * there belongs to a process that died in between, or to one that is about to remove it itself.
 */
async function openNameless(directory: string): Promise<FileHandle> {
  await mkdir(directory, { recursive: true });
  const leftovers = (await readdir(directory)).filter((name) => name.startsWith(prefix));
  for (const name of leftovers) await rm(join(directory, name), { recursive: true, force: true });
  const path = join(directory, `${prefix}${randomUUID()}`);
  const file = await open(path, 'wx+', 0o600);
  await rm(path, { force: true });
  return file;
}

/** The system may take fewer bytes than it was given, shortly before the disk is full for instance. */
async function store(file: FileHandle, bytes: Buffer, position: number, directory: string): Promise<void> {
  try {
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
      done += bytesWritten;
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === 'ENOSPC' || code === 'EDQUOT' ? noScratchRoom(directory, error) : error;
  }
}

/** Reads into one buffer over and over: the decoder asks for the next part when it is done with the last. */
function reader(file: FileHandle): (offset: number, length: number) => Promise<Buffer> {
  let buffer = Buffer.alloc(0);
  return async (offset, length) => {
    if (buffer.length < length) buffer = Buffer.allocUnsafeSlow(length);
    let done = 0;
    while (done < length) {
      const { bytesRead } = await file.read(buffer, done, length - done, offset + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return buffer.subarray(0, done);
  };
}
