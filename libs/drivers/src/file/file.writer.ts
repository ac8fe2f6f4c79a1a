import { stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { DriverError, type ObjectWriter } from '@hearth/driver-api';
import { driverErrorFrom } from './file.errors';
import { type ObjectFiles, unlinkIfThere } from './object-files';

/** How a writer ended: as a whole object, with nothing left of it, or as an attempt that another one replaced. */
export type WriterEnd = 'finished' | 'aborted' | 'void';

/** Writes `volume-<id>.partial`; `finish` makes it `volume-<id>`. */
export class FileWriter implements ObjectWriter {
  #state: 'open' | 'finished' | 'closed' = 'open';
  #failure: DriverError | undefined;

  constructor(
    private readonly files: ObjectFiles,
    private readonly name: string,
    private readonly sizeBytes: number,
    private readonly handle: FileHandle,
    private readonly freeBytes: () => Promise<number | undefined>,
    private readonly onEnd: (end: WriterEnd) => void,
  ) {}

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    this.#requireOpen('write');
    if (!Number.isSafeInteger(offset) || offset < 0 || offset + bytes.length > this.sizeBytes) {
      const range = `${bytes.length} bytes at ${offset}`;
      throw new DriverError('failed', `${this.name} has ${this.sizeBytes} bytes and cannot take ${range}`, {
        object: this.name,
      });
    }
    try {
      await writeWhole(this.handle, bytes, offset);
    } catch (error) {
      const freeBytes = await this.freeBytes();
      const missingBytes = freeBytes === undefined ? undefined : Math.max(bytes.length - freeBytes, 1);
      // An object with a hole where bytes were lost must never be finished.
      this.#failure = driverErrorFrom(error, { doing: `write ${this.name}`, object: this.name, missingBytes });
      throw this.#failure;
    }
  }

  async finish(): Promise<void> {
    if (this.#state === 'finished') return;
    this.#requireOpen('finish');
    if (this.#failure) throw this.#failure;
    try {
      await this.handle.datasync();
      await this.#requireOurs();
      await this.files.publish(this.name, 'raw');
      await this.#close();
    } catch (error) {
      throw driverErrorFrom(error, { doing: `finish ${this.name}`, object: this.name });
    }
    this.#state = 'finished';
    this.onEnd('finished');
  }

  /** After `finish` it does nothing, so that it can stand in a `finally`. */
  async abort(): Promise<void> {
    if (this.#state === 'finished') return;
    try {
      const isOurs = this.#state === 'open' && (await this.#isOurs());
      await this.#close();
      if (isOurs) await unlinkIfThere(this.files.path(this.name, 'partial'));
      this.onEnd(isOurs ? 'aborted' : 'void');
    } catch (error) {
      throw driverErrorFrom(error, { doing: `remove the unfinished ${this.name}`, object: this.name });
    }
  }

  /** Lets go of the file and leaves what was written where it is, as a crash would. */
  async release(): Promise<void> {
    await this.#close();
  }

  async #close(): Promise<void> {
    if (this.#state !== 'open') return;
    this.#state = 'closed';
    await this.handle.close();
  }

  #requireOpen(doing: string): void {
    if (this.#state === 'open') return;
    throw new DriverError('failed', `cannot ${doing} ${this.name}: its writer is ${this.#state}`, {
      object: this.name,
    });
  }

  async #requireOurs(): Promise<void> {
    if (await this.#isOurs()) return;
    const message = `${this.name} was replaced or removed while it was being written; this attempt is void`;
    throw new DriverError('failed', message, { object: this.name });
  }

  /** Another attempt may have replaced the file; then the name is no longer ours to rename or remove. */
  async #isOurs(): Promise<boolean> {
    const [ours, there] = await Promise.all([
      this.handle.stat(),
      stat(this.files.path(this.name, 'partial')).catch(() => undefined),
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
