import { stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { DriverError, type ObjectWriter } from '@hearth/driver-api';
import { driverErrorFrom } from './file.errors';
import { type ObjectFiles, unlinkIfThere } from './object-files';
import { shareFile } from './share-file';

/** How a writer ended: as a whole object, with nothing left of it, or as an attempt that another one replaced. */
export type WriterEnd = 'finished' | 'aborted' | 'void';

/** What a writer works with. */
export interface WriterWork {
  readonly files: ObjectFiles;
  readonly name: string;
  readonly sizeBytes: number;
  /** The partial file, open; the writer closes it. */
  readonly handle: FileHandle;
  /** What is left on the file system, for the error that says how much is missing. */
  freeBytes(): Promise<number | undefined>;
  onEnd(end: WriterEnd): void;
}

/** Writes `volume-<id>.partial`; `finish` makes it `volume-<id>`. */
export class FileWriter implements ObjectWriter {
  #state: 'open' | 'finished' | 'closed' = 'open';
  #isEmpty = true;
  #failure: DriverError | undefined;

  constructor(private readonly work: WriterWork) {}

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    this.#requireOpen('write');
    if (!Number.isSafeInteger(offset) || offset < 0 || offset + bytes.length > this.work.sizeBytes) {
      const range = `${bytes.length} bytes at ${offset}`;
      throw new DriverError('failed', `${this.work.name} has ${this.work.sizeBytes} bytes and cannot take ${range}`, {
        object: this.work.name,
      });
    }
    this.#isEmpty = false;
    try {
      await writeWhole(this.work.handle, bytes, offset);
    } catch (error) {
      const freeBytes = await this.work.freeBytes();
      const missingBytes = freeBytes === undefined ? undefined : Math.max(bytes.length - freeBytes, 1);
      // An object with a hole where bytes were lost must never be finished.
      this.#failure = driverErrorFrom(error, {
        doing: `write ${this.work.name}`,
        object: this.work.name,
        missingBytes,
      });
      throw this.#failure;
    }
  }

  async read(offset: number, target: Uint8Array): Promise<void> {
    const { name, handle } = this.work;
    this.#requireOpen('read');
    try {
      await readWhole(handle, target, offset);
    } catch (error) {
      throw driverErrorFrom(error, { doing: `read ${name}`, object: name });
    }
  }

  async takeFile(path: string): Promise<boolean> {
    const { name, handle, sizeBytes } = this.work;
    this.#requireOpen('fill');
    if (!this.#isEmpty) {
      throw new DriverError('failed', `${name} cannot take ${path}: it was written to already`, { object: name });
    }
    try {
      const isTaken = await shareFile(path, handle, sizeBytes);
      this.#isEmpty = !isTaken;
      return isTaken;
    } catch (error) {
      this.#failure = driverErrorFrom(error, { doing: `fill ${name} from ${path}`, object: name });
      throw this.#failure;
    }
  }

  async finish(): Promise<void> {
    if (this.#state === 'finished') return;
    this.#requireOpen('finish');
    if (this.#failure) throw this.#failure;
    try {
      await this.work.handle.datasync();
      await this.#requireOurs();
      await this.work.files.publish(this.work.name, 'raw');
      await this.#close();
    } catch (error) {
      throw driverErrorFrom(error, { doing: `finish ${this.work.name}`, object: this.work.name });
    }
    this.#state = 'finished';
    this.work.onEnd('finished');
  }

  /** After `finish` it does nothing, so that it can stand in a `finally`. */
  async abort(): Promise<void> {
    if (this.#state === 'finished') return;
    try {
      const isOurs = this.#state === 'open' && (await this.#isOurs());
      await this.#close();
      if (isOurs) await unlinkIfThere(this.work.files.path(this.work.name, 'partial'));
      this.work.onEnd(isOurs ? 'aborted' : 'void');
    } catch (error) {
      throw driverErrorFrom(error, { doing: `remove the unfinished ${this.work.name}`, object: this.work.name });
    }
  }

  /** Lets go of the file and leaves what was written where it is, as a crash would. */
  async release(): Promise<void> {
    await this.#close();
  }

  async #close(): Promise<void> {
    if (this.#state !== 'open') return;
    this.#state = 'closed';
    await this.work.handle.close();
  }

  #requireOpen(doing: string): void {
    if (this.#state === 'open') return;
    throw new DriverError('failed', `cannot ${doing} ${this.work.name}: its writer is ${this.#state}`, {
      object: this.work.name,
    });
  }

  async #requireOurs(): Promise<void> {
    if (await this.#isOurs()) return;
    const message = `${this.work.name} was replaced or removed while it was being written; this attempt is void`;
    throw new DriverError('failed', message, { object: this.work.name });
  }

  /** Another attempt may have replaced the file; then the name is no longer ours to rename or remove. */
  async #isOurs(): Promise<boolean> {
    const [ours, there] = await Promise.all([
      this.work.handle.stat(),
      stat(this.work.files.path(this.work.name, 'partial')).catch(() => undefined),
    ]);
    return there !== undefined && there.ino === ours.ino && there.dev === ours.dev;
  }
}

/** The system may take fewer bytes than it was given, shortly before the disk is full for instance. */
async function writeWhole(handle: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, offset + done);
    if (bytesWritten === 0) throw new Error(`the system took none of ${bytes.length - done} bytes at ${offset + done}`);
    done += bytesWritten;
  }
}

async function readWhole(handle: FileHandle, target: Uint8Array, offset: number): Promise<void> {
  for (let done = 0; done < target.length;) {
    const { bytesRead } = await handle.read(target, done, target.length - done, offset + done);
    if (bytesRead === 0) throw new Error(`it ends at byte ${offset + done}, inside what was to be read`);
    done += bytesRead;
  }
}
