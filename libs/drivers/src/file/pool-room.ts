import { type DriverLog, DriverError, type PoolCapacity } from '@hearth/driver-api';
import { bytesPerGib, gibToBytes } from '@hearth/kernel';
import type { FileDriverConfig } from './file.config';
import type { StoredObject } from './object-files';
import { PromisedSizes } from './promised-sizes';
import type { VolumeDirectory } from './volume-directory';

/** How long the sum of sizes is trusted although other hosts may share the directory. */
const scanEveryMs = 10 * 60_000;

/** What the pool has, has promised, and has left. */
export class PoolRoom {
  readonly promised: PromisedSizes;
  readonly #limitBytes: number;
  #scannedAtMs = 0;
  #scanning: Promise<void> | undefined;

  constructor(
    private readonly config: Pick<FileDriverConfig, 'pool' | 'maxGib'>,
    private readonly directory: VolumeDirectory,
    /** All that lies in the directory and counts as promised. */
    private readonly promises: () => AsyncIterable<{ readonly name: string; readonly sizeBytes: number }>,
    private readonly log: DriverLog,
  ) {
    this.#limitBytes = gibToBytes(config.maxGib ?? Number.POSITIVE_INFINITY);
    this.promised = new PromisedSizes(this.#limitBytes);
  }

  async capacity(): Promise<PoolCapacity> {
    await this.directory.requireInPlace();
    this.#scanWhenOld();
    const { totalBytes, freeBytes } = await this.directory.room();
    const provisionedBytes = this.promised.totalBytes;
    return {
      pool: this.config.pool,
      totalGib: Math.min(totalBytes, this.#limitBytes) / bytesPerGib,
      freeGib: Math.min(freeBytes, Math.max(this.#limitBytes - provisionedBytes, 0)) / bytesPerGib,
      provisionedGib: provisionedBytes / bytesPerGib,
      thin: true,
    };
  }

  /** Throws `full` when a copy of the source's data cannot fit, before the disk is filled with half of it. */
  async requireRoomToCopy(source: StoredObject, object: string): Promise<void> {
    const missingBytes = source.allocatedBytes - ((await this.freeBytes()) ?? Number.POSITIVE_INFINITY);
    if (missingBytes <= 0) return;
    const message = `${this.directory.path} has no room for a copy of ${source.name}; ${missingBytes} bytes are missing`;
    throw new DriverError('full', message, { object, missingBytes });
  }

  async freeBytes(): Promise<number | undefined> {
    return this.directory.room().then(
      ({ freeBytes }) => freeBytes,
      () => undefined,
    );
  }

  /** Looks at every object anew; the sum of sizes is right afterwards. */
  async scan(): Promise<void> {
    await this.promised.scan(this.promises);
    this.#scannedAtMs = performance.now();
  }

  /** Settles when no scan is under way. */
  async idle(): Promise<void> {
    await this.#scanning;
  }

  #scanWhenOld(): void {
    if (this.#scanning || performance.now() - this.#scannedAtMs < scanEveryMs) return;
    this.#scanning = this.scan()
      .catch((error: Error) => {
        const fields = { directory: this.directory.path, error: error.message };
        this.log.warn('cannot look through the directory; the sum of sizes may be old', fields);
      })
      .finally(() => (this.#scanning = undefined));
  }
}
