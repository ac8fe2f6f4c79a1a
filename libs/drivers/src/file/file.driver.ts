import { chmod, open } from 'node:fs/promises';
import {
  type BackendObject,
  type CloneCapable,
  type CloneMethod,
  defineDriver,
  type DriverCapabilities,
  type DriverEnvironment,
  DriverError,
  type ObjectRef,
  type ObjectWriter,
  type PoolCapacity,
  type VolumeDriver,
} from '@hearth/driver-api';
import { bytesPerGib, gibToBytes, gibToHold } from '@hearth/kernel';
import { cloneByCopy, cloneByOverlay, cloneByReflink, finishPartial } from './clone-methods';
import { chooseCloneMethod, type FileCloneMethod } from './clone-probe';
import { type FileDriverConfig, fileConfig } from './file.config';
import { driverErrorFrom } from './file.errors';
import { FileWriter } from './file.writer';
import { fileMode, type ListedObject, ObjectFiles, type StoredObject } from './object-files';
import { requireObjectName } from './object-name';
import { overlaySizeBytesMax } from './overlay-header';
import { PromisedSizes } from './promised-sizes';
import { SharedSync } from './shared-sync';
import { VolumeDirectory } from './volume-directory';

const cloneBy = { reflink: cloneByReflink, overlay: cloneByOverlay, copy: cloneByCopy };
const writableByOwner = 0o200;
/** How long sums of sizes are trusted although other hosts may share the directory. */
const scanEveryMs = 10 * 60_000;

/** Volumes as sparse files in a directory: of a local disk, a mounted NFS export, anything that has files. */
export const file = defineDriver<FileDriverConfig>({
  name: 'file',
  config: fileConfig,
  async open(config, environment) {
    let directory: VolumeDirectory | undefined;
    try {
      directory = await VolumeDirectory.open(config);
      const method = await chooseCloneMethod({ ...config, directory: directory.path }, environment.run);
      const driver = new FileDriver(config, environment, directory, method);
      await driver.scan();
      environment.log.info('file backend opened', {
        directory: directory.path,
        pool: config.pool,
        cloneMethod: method,
      });
      return driver;
    } catch (error) {
      await directory?.close();
      throw driverErrorFrom(error, { doing: `open the directory ${config.directory}` });
    }
  },
});

class FileDriver implements VolumeDriver, CloneCapable {
  readonly capabilities: DriverCapabilities;
  readonly #files: ObjectFiles;
  readonly #sizes: PromisedSizes;
  readonly #writers = new Set<FileWriter>();
  #scannedAtMs = 0;
  #scanning: Promise<void> | undefined;

  constructor(
    private readonly config: FileDriverConfig,
    private readonly environment: DriverEnvironment,
    private readonly directory: VolumeDirectory,
    private readonly method: FileCloneMethod,
  ) {
    this.#files = new ObjectFiles(directory.path, new SharedSync(() => directory.sync()));
    this.#sizes = new PromisedSizes(config.maxGib === undefined ? undefined : gibToBytes(config.maxGib));
    this.capabilities = {
      thin: true,
      efficientClone: method !== 'copy',
      cloneMethod: method,
      cloneKeepsSource: method === 'overlay',
      clonesAtOnceMax: method === 'copy' ? 2 : 16,
      preferredWriteBytes: 64 * 1024,
      facts: { storage_protocol: 'file', vendor_name: 'Hearth', thin_provisioning_support: true, clone_method: method },
    };
  }

  async capacity(): Promise<readonly PoolCapacity[]> {
    return this.#doing('read the capacity', undefined, async () => {
      await this.directory.requireInPlace();
      this.#scanWhenOld();
      const { totalBytes, freeBytes } = await this.directory.room();
      const provisionedBytes = this.#sizes.totalBytes;
      const limitBytes = gibToBytes(this.config.maxGib ?? Number.POSITIVE_INFINITY);
      return [
        {
          pool: this.config.pool,
          totalGib: Math.min(totalBytes, limitBytes) / bytesPerGib,
          freeGib: Math.min(freeBytes, Math.max(limitBytes - provisionedBytes, 0)) / bytesPerGib,
          provisionedGib: provisionedBytes / bytesPerGib,
          thin: true,
        },
      ];
    });
  }

  async createBlank(object: ObjectRef, sizeGib: number): Promise<void> {
    await this.#doing('create', object, async (name) => {
      const sizeBytes = this.#bytesOf(sizeGib);
      if (await this.#isThereAlready(name, sizeBytes)) return;
      await this.#sizes.holding(name, sizeBytes, () =>
        this.#clearingUp(name, async () => {
          await finishPartial(await this.#files.createPartial(name), sizeBytes);
          await this.#files.publish(name, 'raw');
        }),
      );
    });
  }

  async remove(object: ObjectRef): Promise<void> {
    await this.#doing('remove', object, async (name) => {
      await this.directory.requireInPlace();
      await this.#files.discard(name);
      await this.#files.entries.join();
      this.#sizes.forget(name);
    });
  }

  async extend(object: ObjectRef, toGib: number): Promise<void> {
    await this.#doing('extend', object, async (name) => {
      const toBytes = this.#bytesOf(toGib);
      const found = await this.#require(name);
      if (found.sizeBytes >= toBytes) return;
      await this.#sizes.holding(name, toBytes, () =>
        found.format === 'raw' ? extendRaw(found, toBytes) : this.#extendOverlay(found, toBytes),
      );
    });
  }

  async describe(object: ObjectRef): Promise<BackendObject | undefined> {
    return this.#doing('look at', object, async (name) => {
      const found = await this.#find(name);
      return found && asBackendObject(found);
    });
  }

  async *list(pool: string): AsyncIterable<BackendObject> {
    this.#requirePool(pool);
    try {
      await this.directory.requireInPlace();
      for await (const object of this.#files.list()) yield asBackendObject(object);
    } catch (error) {
      throw driverErrorFrom(error, { doing: `list ${this.directory.path}` });
    }
  }

  async openWriter(object: ObjectRef, sizeGib: number): Promise<ObjectWriter> {
    return this.#doing('write', object, async (name) => {
      const sizeBytes = this.#bytesOf(sizeGib);
      await this.directory.requireInPlace();
      await this.#files.discard(name);
      this.#sizes.forget(name);
      return this.#sizes.holding(name, sizeBytes, () =>
        this.#clearingUp(name, async () => {
          const handle = await this.#files.createPartial(name);
          // The full length comes first: growing the file write by write makes XFS fill the gaps with preallocated blocks.
          await handle.truncate(sizeBytes).catch((error) => handle.close().then(() => Promise.reject(error)));
          const writer: FileWriter = new FileWriter(
            this.#files,
            name,
            sizeBytes,
            handle,
            () => this.#freeBytes(),
            (end) => {
              this.#writers.delete(writer);
              if (end === 'aborted') this.#sizes.forget(name);
            },
          );
          this.#writers.add(writer);
          return writer;
        }),
      );
    });
  }

  async clone(source: ObjectRef, target: ObjectRef, sizeGib: number): Promise<CloneMethod> {
    return this.#doing('clone to', target, async (name) => {
      const sizeBytes = this.#bytesOf(sizeGib);
      this.#requirePool(source.pool);
      requireObjectName(source.name);
      if (source.name === name) throw new DriverError('failed', `${name} cannot be cloned to itself`, { object: name });
      const earlier = await this.#isThereAlready(name, sizeBytes);
      if (earlier) return this.#methodOf(earlier);
      const from = await this.#require(source.name);
      if (from.sizeBytes > sizeBytes) {
        const message = `${name} of ${sizeGib} GiB cannot hold ${source.name} of ${gibToHold(from.sizeBytes)} GiB`;
        throw new DriverError('failed', message, { object: name });
      }
      // A clone of an overlay would be a chain that grows with every generation; it is flattened instead.
      const method = from.format === 'overlay' ? 'copy' : this.method;
      if (method === 'copy') await this.#requireRoomFor(from, name);
      const task = { files: this.#files, run: this.environment.run, source: from, target: name, sizeBytes };
      await this.#sizes.holding(name, sizeBytes, () => this.#clearingUp(name, () => cloneBy[method](task)));
      return method;
    });
  }

  /** Unfinished writers let go of their files; what they wrote stays and is listed, as after a crash. */
  async close(): Promise<void> {
    await Promise.all([...this.#writers].map((writer) => writer.release()));
    await this.#scanning;
    await this.directory.close();
  }

  /** Looks at every object anew; the sum of sizes is right afterwards. */
  async scan(): Promise<void> {
    await this.#sizes.scan(() => this.#files.list());
    this.#scannedAtMs = performance.now();
  }

  #scanWhenOld(): void {
    if (this.#scanning || performance.now() - this.#scannedAtMs < scanEveryMs) return;
    this.#scanning = this.scan()
      .catch((error: Error) =>
        this.environment.log.warn('cannot look through the directory; the sum of sizes may be old', {
          directory: this.directory.path,
          error: error.message,
        }),
      )
      .finally(() => (this.#scanning = undefined));
  }

  /** Checks the name and the pool, and turns whatever goes wrong into a `DriverError` about this object. */
  async #doing<T>(what: string, object: ObjectRef | undefined, work: (name: string) => Promise<T>): Promise<T> {
    const name = object ? requireObjectName(object.name) : '';
    if (object) this.#requirePool(object.pool);
    try {
      return await work(name);
    } catch (error) {
      throw driverErrorFrom(error, { doing: `${what} ${name}`.trimEnd(), object: name || undefined });
    }
  }

  #requirePool(pool: string): void {
    if (pool === this.config.pool) return;
    throw new DriverError('misconfigured', `there is no pool '${pool}' here, only '${this.config.pool}'`);
  }

  #bytesOf(sizeGib: number): number {
    const bytes = gibToBytes(sizeGib);
    if (!Number.isSafeInteger(sizeGib) || sizeGib < 1) {
      throw new DriverError('failed', `${sizeGib} is not a size: it must be a whole number of GiB, at least 1`);
    }
    const bytesMax = this.method === 'overlay' ? overlaySizeBytesMax : Number.MAX_SAFE_INTEGER;
    if (bytes > bytesMax) throw new DriverError('full', `${sizeGib} GiB are more than one object can have here`);
    return bytes;
  }

  async #find(name: string): Promise<StoredObject | undefined> {
    const found = await this.#files.find(name);
    if (!found) await this.directory.requireInPlace();
    return found;
  }

  async #require(name: string): Promise<StoredObject> {
    const found = await this.#find(name);
    if (!found) throw new DriverError('not-found', `there is no ${name} in ${this.directory.path}`, { object: name });
    return found;
  }

  /** An earlier call's object, made durable; it may have been interrupted just before that. */
  async #isThereAlready(name: string, sizeBytes: number): Promise<StoredObject | undefined> {
    const found = await this.#find(name);
    if (!found) return undefined;
    if (found.sizeBytes !== sizeBytes) {
      const message = `${name} is there already with ${found.sizeBytes} bytes, not ${sizeBytes}`;
      throw new DriverError('exists', message, { object: name });
    }
    await this.#files.entries.join();
    return found;
  }

  /** What failed leaves nothing behind; what was killed is cleared up by the next attempt. */
  async #clearingUp<T>(name: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      await this.#files.discardRemains(name).catch(() => undefined);
      throw error;
    }
  }

  async #requireRoomFor(source: StoredObject, name: string): Promise<void> {
    const missingBytes = source.allocatedBytes - ((await this.#freeBytes()) ?? Number.POSITIVE_INFINITY);
    if (missingBytes <= 0) return;
    const message = `${this.directory.path} has no room for a copy of ${source.name}; ${missingBytes} bytes are missing`;
    throw new DriverError('full', message, { object: name, missingBytes });
  }

  async #freeBytes(): Promise<number | undefined> {
    return this.directory.room().then(
      ({ freeBytes }) => freeBytes,
      () => undefined,
    );
  }

  async #extendOverlay({ path }: StoredObject, toBytes: number): Promise<void> {
    await this.environment.run(['qemu-img', 'resize', '-q', '-f', 'qcow2', path, String(toBytes)]);
    await syncFile(path);
  }

  #methodOf(clone: StoredObject): CloneMethod {
    if (clone.format === 'overlay') return 'overlay';
    return this.method === 'overlay' ? 'copy' : this.method;
  }
}

/** The source of overlays is write-protected; growing it is no harm to them, their own size ends what they see of it. */
async function extendRaw({ path, mode }: StoredObject, toBytes: number): Promise<void> {
  const isFrozen = (mode & writableByOwner) === 0;
  if (isFrozen) await chmod(path, fileMode);
  const handle = await open(path, 'r+');
  try {
    await handle.truncate(toBytes);
    await handle.sync();
    if (isFrozen) await handle.chmod(mode & 0o777);
  } finally {
    await handle.close();
  }
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function asBackendObject({ name, sizeBytes, allocatedBytes }: ListedObject): BackendObject {
  return { name, sizeGib: gibToHold(sizeBytes), allocatedBytes };
}
