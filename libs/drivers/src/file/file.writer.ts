import { stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { DriverError, type ObjectWriter } from '@hearth/driver-api';
import { DirectFile, type DirectTurns } from './direct-io';
import { type EarlySync, earlySyncBytes } from './early-sync';
import { driverErrorFrom } from './file.errors';
import { type ObjectFiles, unlinkIfThere } from './object-files';
import { shareFile } from './share-file';
import { readWhole, writeWhole } from './whole-io';

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
  readonly earlySync: EarlySync;
  readonly directTurns: DirectTurns;
  onEnd(end: WriterEnd): void;
}

/** Writes `volume-<id>.partial`; `finish` makes it `volume-<id>`. */
export class FileWriter implements ObjectWriter {
  #state: 'open' | 'finished' | 'closed' = 'open';
  #isEmpty = true;
  /** Written since the last sync began. */
  #unsyncedBytes = 0;
  #syncing: Promise<void> | undefined;
  /** An object with a hole where bytes were lost must never be finished. */
  #failure: DriverError | undefined;
  readonly #direct: DirectFile;

  constructor(private readonly work: WriterWork) {
    this.#direct = new DirectFile(work.handle, 'write');
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    this.#requireOpen('write');
    this.#requireInside(offset, bytes.length);
    if (this.#failure) throw this.#failure;
    this.#isEmpty = false;
    let isDirect: boolean;
    try {
      isDirect = await this.work.directTurns.take(() => this.#direct.write(bytes, offset));
      if (!isDirect) await writeWhole(this.work.handle, bytes, offset);
    } catch (error) {
      const freeBytes = await this.work.freeBytes();
      const missingBytes = freeBytes === undefined ? undefined : Math.max(bytes.length - freeBytes, 1);
      this.#failure = driverErrorFrom(error, {
        doing: `write ${this.work.name}`,
        object: this.work.name,
        missingBytes,
      });
      throw this.#failure;
    }
    if (isDirect) return;
    this.#unsyncedBytes += bytes.length;
    if (this.#unsyncedBytes >= earlySyncBytes) this.#syncEarly();
  }

  async read(offset: number, target: Uint8Array): Promise<void> {
    const { name, handle } = this.work;
    this.#requireOpen('read');
    this.#requireInside(offset, target.length);
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
    await this.#syncing;
    if (this.#failure) throw this.#failure;
    try {
      await this.work.handle.datasync();
      await this.#requireOurs();
      await this.work.files.publish(this.work.name, 'raw');
      await this.#close();
    } catch (error) {
      // A second sync would say nothing of the bytes that the first one lost.
      this.#failure = driverErrorFrom(error, { doing: `finish ${this.work.name}`, object: this.work.name });
      throw this.#failure;
    }
    this.#state = 'finished';
    this.work.onEnd('finished');
  }

  /** After `finish` it does nothing, so that it can stand in a `finally`. */
  async abort(): Promise<void> {
    if (this.#state === 'finished') return;
    try {
      const ours = this.#state === 'open' ? await this.#paths() : [];
      await this.#close();
      for (const path of ours) await unlinkIfThere(path);
      this.work.onEnd(ours.length > 0 ? 'aborted' : 'void');
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
    await this.#direct.close();
    await this.work.handle.close();
  }

  /** The system tells a lost write once, to whoever syncs next. */
  #syncEarly(): void {
    const { name, handle, earlySync } = this.work;
    const sync = earlySync.begin(() => handle.datasync());
    if (!sync) return;
    this.#unsyncedBytes = 0;
    this.#syncing = sync.catch((error: unknown) => {
      this.#failure ??= driverErrorFrom(error, { doing: `write ${name}`, object: name });
    });
  }

  #requireOpen(doing: string): void {
    if (this.#state === 'open') return;
    throw new DriverError('failed', `cannot ${doing} ${this.work.name}: its writer is ${this.#state}`, {
      object: this.work.name,
    });
  }

  #requireInside(offset: number, length: number): void {
    const { name, sizeBytes } = this.work;
    if (Number.isSafeInteger(offset) && offset >= 0 && offset + length <= sizeBytes) return;
    throw new DriverError('failed', `${name} has ${sizeBytes} bytes, not ${length} bytes at ${offset}`, {
      object: name,
    });
  }

  async #requireOurs(): Promise<void> {
    if ((await this.#paths()).includes(this.work.files.path(this.work.name, 'partial'))) return;
    const message = `${this.work.name} was replaced or removed while it was being written; this attempt is void`;
    throw new DriverError('failed', message, { object: this.work.name });
  }

  /**
   * Where our file stands: as the work in progress, or as the object when `finish` failed after the rename; nowhere when another
   * attempt replaced it, and then the names are no longer ours to rename or remove.
   */
  async #paths(): Promise<string[]> {
    const ours = await this.work.handle.stat();
    const paths = (['partial', 'raw'] as const).map((part) => this.work.files.path(this.work.name, part));
    const there = await Promise.all(paths.map((path) => stat(path).catch(() => undefined)));
    return paths.filter((_, i) => there[i]?.ino === ours.ino && there[i].dev === ours.dev);
  }
}
