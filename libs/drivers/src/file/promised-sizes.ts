import { DriverError } from '@hearth/driver-api';
import { bytesPerGib } from '@hearth/kernel';

/**
 * The virtual sizes of the objects of a pool, kept by name so that their sum is known without a look at the disk, which at
 * 100,000 objects takes seconds. A scan, now and then, brings in what other hosts or people did to a shared directory.
 */
export class PromisedSizes {
  readonly #bytesByName = new Map<string, number>();
  #totalBytes = 0;
  #touchedSinceScanBegan: Set<string> | undefined;

  constructor(private readonly limitBytes = Number.POSITIVE_INFINITY) {}

  get totalBytes(): number {
    return this.#totalBytes;
  }

  set(name: string, bytes: number): void {
    this.#touchedSinceScanBegan?.add(name);
    this.#store(name, bytes);
  }

  forget(name: string): void {
    this.set(name, 0);
  }

  /**
   * Holds room for an object while `work` makes it or lets it grow, and goes back to what was promised before when it fails.
   * Throws `full` before any work when the pool's limit does not allow it.
   */
  async holding<T>(name: string, bytes: number, work: () => Promise<T>): Promise<T> {
    const before = this.#bytesByName.get(name) ?? 0;
    const missingBytes = this.#totalBytes - before + bytes - this.limitBytes;
    if (missingBytes > 0) {
      const limitGib = this.limitBytes / bytesPerGib;
      const message = `the pool's limit of ${limitGib} GiB leaves no room for ${name}; ${missingBytes} bytes are missing`;
      throw new DriverError('full', message, { object: name, missingBytes });
    }
    this.set(name, bytes);
    try {
      return await work();
    } catch (error) {
      this.set(name, before);
      throw error;
    }
  }

  /** Takes over what a look at the disk finds, except where this process changed something meanwhile. */
  async scan(look: () => AsyncIterable<{ readonly name: string; readonly sizeBytes: number }>): Promise<void> {
    const touched = (this.#touchedSinceScanBegan = new Set<string>());
    try {
      const found = new Set<string>();
      for await (const { name, sizeBytes } of look()) {
        found.add(name);
        if (!touched.has(name)) this.#store(name, sizeBytes);
      }
      for (const name of this.#bytesByName.keys()) if (!found.has(name) && !touched.has(name)) this.#store(name, 0);
    } finally {
      this.#touchedSinceScanBegan = undefined;
    }
  }

  #store(name: string, bytes: number): void {
    this.#totalBytes += bytes - (this.#bytesByName.get(name) ?? 0);
    if (bytes > 0) this.#bytesByName.set(name, bytes);
    else this.#bytesByName.delete(name);
  }
}
