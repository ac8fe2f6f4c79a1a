import { type ByteSource, splitNonZero } from '@hearth/image-format';
import { programRunner, rawFileExtents } from '@hearth/drivers';
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { isFull, scratchFull } from './conversion-problems';

/** Room that was set aside for a file; see `ScratchSpace`. */
export interface Reservation {
  readonly bytes: number;
  /** Sets more aside, or throws `image.too_big`; then it is as it was. */
  extend(bytes: number): Promise<void>;
  /** The file takes up so many bytes now: the rest of the reservation is what is still needed. */
  taken(bytes: number): void;
  release(): void;
}

/**
 * A file without a name: the system frees it when the process ends, however it ends. Programs are given it as a descriptor.
 * Not more than one write or read at a time.
 */
export class ScratchFile {
  private buffer = Buffer.alloc(0);
  private writtenBytes = 0;
  private closed = false;

  /** Use `openScratchFile`, or `ScratchSpace.openFile`, which sets room aside. */
  constructor(
    readonly handle: FileHandle,
    readonly directory: string,
    private readonly reservation?: Reservation,
    private readonly growBytes = 0,
  ) {}

  /** Where the file can be opened once more, by this process and others that may look into it, until it is closed. */
  get path(): string {
    return `/proc/${process.pid}/fd/${this.handle.fd}`;
  }

  /** Its length in bytes, holes included. */
  async sizeBytes(): Promise<number> {
    return (await this.handle.stat()).size;
  }

  /** Bytes that it takes up on the disk. */
  async allocatedBytes(): Promise<number> {
    const bytes = (await this.handle.stat()).blocks * 512;
    this.reservation?.taken(bytes);
    return bytes;
  }

  /** Writes all of `bytes`. A full disk is `image.too_big` and says how much was missing. */
  async write(bytes: Uint8Array, position: number): Promise<void> {
    await this.makeRoom(bytes.length);
    try {
      // The system may take fewer bytes than it was given, shortly before the disk is full for instance.
      for (let done = 0; done < bytes.length;) {
        const { bytesWritten } = await this.handle.write(bytes, done, bytes.length - done, position + done);
        done += bytesWritten;
        this.writtenBytes += bytesWritten;
      }
      this.reservation?.taken(this.writtenBytes);
    } catch (error) {
      throw isFull(error) ? await this.full(position + bytes.length, error) : error;
    }
  }

  /** The same for bytes in a file that has nothing there yet: aligned units of zeros are left out, and become holes. */
  async writeSparsely(bytes: Buffer, position: number): Promise<void> {
    for (const run of splitNonZero({ offset: position, bytes }, holeBytes)) await this.write(run.bytes, run.offset);
  }

  /** Says that no more is written: the file gets its length, and what it did not need of its room is given back. */
  async complete(sizeBytes: number): Promise<void> {
    await this.handle.truncate(sizeBytes);
    this.reservation?.taken(this.reservation.bytes);
  }

  /** The failure of a file for whose data there is no room: what it still wants, less what is left. */
  async full(wantedBytes: number, cause?: unknown): Promise<Error> {
    const wanted = Math.max(wantedBytes, this.reservation?.bytes ?? 0);
    const missing = wanted - (await this.allocatedBytes()) - (await freeBytes(this.directory));
    return scratchFull(this.directory, Math.max(missing, 1), cause);
  }

  /** The `length` bytes from `offset` on, fewer where the file ends; the buffer is used again by the next call. */
  async read(offset: number, length: number): Promise<Buffer> {
    if (this.buffer.length < length) this.buffer = Buffer.allocUnsafeSlow(length);
    let done = 0;
    while (done < length) {
      const { bytesRead } = await this.handle.read(this.buffer, done, length - done, offset + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return this.buffer.subarray(0, done);
  }

  /** Where the file holds data, ascending; all of it where that cannot be told. Throws the signal's reason. */
  async *extents(signal: AbortSignal): AsyncGenerator<{ readonly offset: number; readonly length: number }> {
    const file = { descriptor: this.handle.fd, sizeBytes: await this.sizeBytes() };
    yield* rawFileExtents(file, { run: programRunner(), signal, onBlind: () => undefined });
  }

  /** The file as it is now, for a decoder. */
  async asSource(): Promise<ByteSource> {
    return { sizeBytes: await this.sizeBytes(), read: (offset, length) => this.read(offset, length) };
  }

  private async makeRoom(bytes: number): Promise<void> {
    const { reservation, growBytes } = this;
    const missing = reservation && growBytes > 0 ? this.writtenBytes + bytes - reservation.bytes : 0;
    if (missing > 0) await reservation?.extend(Math.max(missing, growBytes));
  }

  /** Gives the bytes and the room back; a second time does nothing. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    try {
      await this.handle.close();
    } finally {
      this.reservation?.release();
    }
  }
}

const holeBytes = 64 * 1024;

/** Bytes that an unprivileged user could still write below a directory. */
export async function freeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

/** Opens an empty file in a directory, which is made if it is not there. */
export async function openScratchFile(
  directory: string,
  reservation?: Reservation,
  growBytes?: number,
): Promise<ScratchFile> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const handle = (await openUnnamed(directory)) ?? (await openRenounced(directory));
  return new ScratchFile(handle, directory, reservation, growBytes);
}

/** Linux's O_TMPFILE, which Node does not name: its own bit, together with O_DIRECTORY. */
const unnamed = 0o20000000 | constants.O_DIRECTORY;

/** A file that never had a name. Undefined where the file system has no such thing (NFS; old overlays). */
async function openUnnamed(directory: string): Promise<FileHandle | undefined> {
  try {
    return await open(directory, unnamed | constants.O_RDWR | constants.O_EXCL, 0o600);
  } catch (error) {
    if (['EOPNOTSUPP', 'ENOTSUP', 'EISDIR', 'EINVAL'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return undefined;
    throw error;
  }
}

const prefix = 'spool-';
const staleMs = 3_600_000;

/** A file whose name is gone as soon as it is open, before any byte is in it. */
export async function openRenounced(directory: string): Promise<FileHandle> {
  await removeStale(directory);
  const path = join(directory, `${prefix}${randomUUID()}`);
  const file = await open(path, 'wx+', 0o600);
  await rm(path, { force: true });
  return file;
}

/**
 * A name lives for a moment. One that is an hour old belongs to a process that died in that moment; a younger one may be another's, on
 * another host too if the directory is shared, and stays.
 */
async function removeStale(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!name.startsWith(prefix)) continue;
    const path = join(directory, name);
    const found = await stat(path).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > staleMs) await rm(path, { recursive: true, force: true });
  }
}
