import {
  type BackendObject,
  type CloneCapable,
  type CloneMethod,
  defineDriver,
  type DriverCapabilities,
  type DriverEnvironment,
  DriverError,
  type ObjectReader,
  type ObjectRef,
  type ObjectWriter,
  type PoolCapacity,
  type VolumeDriver,
} from '@hearth/driver-api';
import { gibToBytes, gibToHold } from '@hearth/kernel';
import { cloneByCopy, cloneByOverlay, cloneByReflink, finishPartial } from './clone-methods';
import { chooseCloneMethod, type FileCloneMethod } from './clone-probe';
import { DirectTurns } from './direct-io';
import { EarlySync } from './early-sync';
import { extendObject } from './extend-methods';
import { type FileDriverConfig, fileConfig } from './file.config';
import { driverErrorFrom } from './file.errors';
import { FileReader } from './file.reader';
import { FileWriter } from './file.writer';
import { HeldObject } from './held-object';
import { type ListedObject, ObjectFiles, type StoredObject } from './object-files';
import { requireObjectName } from './object-name';
import { overlaySizeBytesMax } from './overlay-header';
import { PoolRoom } from './pool-room';
import { SharedSync } from './shared-sync';
import { VolumeDirectory } from './volume-directory';

const cloneBy = { reflink: cloneByReflink, overlay: cloneByOverlay, copy: cloneByCopy };
const kib = 1024;
/**
 * A reflink clone costs 15 to 50 µs an extent of its source. An image with its zeros left out in units of 64 KiB has
 * thousands of them and its clones take a tenth of a second; in units of 1 MiB it has hundreds.
 */
const preferredWriteBytes = { reflink: 1024 * kib, overlay: 64 * kib, copy: 64 * kib };

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
      await driver.room.scan();
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
  readonly room: PoolRoom;
  readonly #files: ObjectFiles;
  readonly #earlySync = new EarlySync();
  readonly #directTurns = new DirectTurns();
  readonly #writers = new Set<FileWriter>();
  readonly #readers = new Set<FileReader>();

  constructor(
    private readonly config: FileDriverConfig,
    private readonly environment: DriverEnvironment,
    private readonly directory: VolumeDirectory,
    private readonly method: FileCloneMethod,
  ) {
    this.#files = new ObjectFiles(directory.path, new SharedSync(() => directory.sync()));
    this.room = new PoolRoom(config, directory, this.#files, environment.log);
    this.capabilities = {
      thin: true,
      efficientClone: method !== 'copy',
      cloneMethod: method,
      cloneKeepsSource: method === 'overlay',
      snapshotsInUse: method === 'reflink',
      extendsInUse: method !== 'overlay',
      multiattach: method !== 'overlay',
      clonesAtOnceMax: method === 'copy' ? 2 : 16,
      preferredWriteBytes: preferredWriteBytes[method],
      facts: { storage_protocol: 'file', vendor_name: 'Hearth', thin_provisioning_support: true, clone_method: method },
    };
  }

  async capacity(): Promise<readonly PoolCapacity[]> {
    return this.#doing('read the capacity', undefined, async () => [await this.room.capacity()]);
  }

  async createBlank(object: ObjectRef, sizeGib: number): Promise<void> {
    await this.#doing('create', object, async (name) => {
      const sizeBytes = this.#bytesOf(sizeGib);
      if (await this.#isThereAlready(name, sizeBytes)) return;
      await this.room.promised.holding(name, sizeBytes, () =>
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
      this.room.promised.forget(name);
    });
  }

  async extend(object: ObjectRef, toGib: number): Promise<void> {
    await this.#doing('extend', object, async (name) => {
      const toBytes = this.#bytesOf(toGib);
      const found = await this.#require(name);
      if (found.sizeBytes >= toBytes) return;
      await this.room.promised.holding(name, toBytes, () => extendObject(found, toBytes, this.environment.run));
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
      this.room.promised.forget(name);
      return this.room.promised.holding(name, sizeBytes, () =>
        this.#clearingUp(name, async () => {
          const handle = await this.#files.createPartial(name);
          // The full length comes first: growing the file write by write makes XFS fill the gaps with preallocated blocks.
          await handle.truncate(sizeBytes).catch((error) => handle.close().then(() => Promise.reject(error)));
          const writer: FileWriter = new FileWriter({
            files: this.#files,
            name,
            sizeBytes,
            handle,
            earlySync: this.#earlySync,
            directTurns: this.#directTurns,
            freeBytes: () => this.room.freeBytes(),
            onEnd: (end) => {
              this.#writers.delete(writer);
              if (end === 'aborted') this.room.promised.forget(name);
            },
          });
          this.#writers.add(writer);
          return writer;
        }),
      );
    });
  }

  async openReader(object: ObjectRef): Promise<ObjectReader> {
    return this.#doing('read', object, async (name) => {
      const held = await HeldObject.open(this.#files, await this.#require(name));
      const onClose = () => this.#readers.delete(reader);
      const reader: FileReader = new FileReader({ ...this.environment, held, onClose });
      this.#readers.add(reader);
      return reader;
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
      if (method === 'copy') await this.room.requireRoomToCopy(from, name);
      const task = { files: this.#files, run: this.environment.run, source: from, target: name, sizeBytes };
      await this.room.promised.holding(name, sizeBytes, () => this.#clearingUp(name, () => cloneBy[method](task)));
      return method;
    });
  }

  /** Unfinished writers let go of their files; what they wrote stays and is listed, as after a crash. */
  async close(): Promise<void> {
    await Promise.all([...this.#writers].map((writer) => writer.release()));
    await Promise.all([...this.#readers].map((reader) => reader.close()));
    await this.room.idle();
    await this.directory.close();
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

  #methodOf(clone: StoredObject): CloneMethod {
    if (clone.format === 'overlay') return 'overlay';
    return this.method === 'overlay' ? 'copy' : this.method;
  }
}

function asBackendObject({ name, sizeBytes, allocatedBytes }: ListedObject): BackendObject {
  return { name, sizeGib: gibToHold(sizeBytes), allocatedBytes };
}
