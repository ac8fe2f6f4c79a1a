import {
  type AdoptedObject,
  type BackendObject,
  type BackendSnapshot,
  type CloneCapable,
  type CloneMethod,
  type ConnectCapable,
  type ConnectionInfo,
  defineDriver,
  type DriverCapabilities,
  DriverError,
  type ImageCloneCapable,
  type ManageableObject,
  type ManageCapable,
  type ObjectReader,
  type ObjectRef,
  type ObjectWriter,
  type PoolCapacity,
  type SnapshotCapable,
  type SnapshotRef,
  type VolumeDriver,
} from '@hearth/driver-api';
import { cloneInto } from './clone-into';
import { finishPartial } from './clone-methods';
import { chooseCloneMethod } from './clone-probe';
import { DirectTurns } from './direct-io';
import { EarlySync } from './early-sync';
import { extendObject } from './extend-methods';
import { type FileDriverConfig, fileConfig } from './file.config';
import { FileConnections } from './file.connections';
import { driverErrorFrom } from './file.errors';
import { FileImages } from './file.images';
import { FileManage } from './file.manage';
import { asBackendObject, FilePool } from './file.pool';
import { FileReader } from './file.reader';
import { FileSnapshots } from './file.snapshots';
import { FileWriter } from './file.writer';
import { HeldObject } from './held-object';
import { requireNoWriter } from './in-use';
import { NbdServers } from './nbd-servers';
import { requireObjectName } from './object-name';
import { isShared, thaw } from './thaw';
import { VolumeDirectory } from './volume-directory';

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
      const pool = new FilePool(config, environment, directory, method);
      const connections = new FileConnections(pool, await nbdServers(pool));
      await pool.room.scan();
      await connections.begin();
      environment.log.info('file backend opened', {
        directory: directory.path,
        pool: config.pool,
        cloneMethod: method,
        connection: config.connection,
      });
      return new FileDriver(pool, connections);
    } catch (error) {
      await directory?.close();
      throw driverErrorFrom(error, { doing: `open the directory ${config.directory}` });
    }
  },
});

async function nbdServers({ config, directory, connections, environment }: FilePool): Promise<NbdServers | undefined> {
  if (config.connection !== 'nbd' || !config.nbd) return undefined;
  return NbdServers.open(config.nbd, directory.path, connections, environment.run);
}

class FileDriver
  implements VolumeDriver, CloneCapable, ImageCloneCapable, SnapshotCapable, ManageCapable, ConnectCapable
{
  readonly capabilities: DriverCapabilities;
  readonly #snapshots: FileSnapshots;
  readonly #manage: FileManage;
  readonly #images: FileImages;
  readonly #connections: FileConnections;
  readonly #earlySync = new EarlySync();
  readonly #directTurns = new DirectTurns();
  readonly #writers = new Set<FileWriter>();
  readonly #readers = new Set<FileReader>();

  constructor(
    private readonly pool: FilePool,
    connections: FileConnections,
  ) {
    const { method, config } = pool;
    this.#snapshots = new FileSnapshots(pool);
    this.#manage = new FileManage(pool);
    this.#images = new FileImages(pool);
    this.#connections = connections;
    const isNbd = config.connection === 'nbd';
    this.capabilities = {
      thin: true,
      efficientClone: method !== 'copy',
      cloneMethod: method,
      cloneKeepsSource: method === 'overlay',
      snapshotsInUse: method === 'reflink',
      extendsInUse: method !== 'overlay' && !isNbd,
      multiattach: method !== 'overlay' || isNbd,
      clonesAtOnceMax: method === 'copy' ? 2 : 16,
      preferredWriteBytes: preferredWriteBytes[method],
      facts: {
        storage_protocol: isNbd ? 'nbd' : 'file',
        vendor_name: 'Hearth',
        thin_provisioning_support: true,
        clone_method: method,
      },
    };
  }

  async capacity(): Promise<readonly PoolCapacity[]> {
    return this.pool.doing('read the capacity', undefined, async () => [await this.pool.room.capacity()]);
  }

  async createBlank(object: ObjectRef, sizeGib: number): Promise<void> {
    const { pool } = this;
    await pool.doing('create', object, async (name) => {
      const sizeBytes = pool.bytesOf(sizeGib);
      if (await pool.isThereAlready(name, sizeBytes)) return;
      await pool.room.promised.holding(name, sizeBytes, () =>
        pool.clearingUp(name, async () => {
          await finishPartial(await pool.files.createFirstPartial(name), sizeBytes);
          await pool.files.publish(name, 'raw');
        }),
      );
    });
  }

  async remove(object: ObjectRef): Promise<void> {
    const { pool } = this;
    await pool.doing('remove', object, async (name) => {
      await pool.directory.requireInPlace();
      await this.#snapshots.requireNone(name);
      await this.#connections.disconnectAll(name);
      await pool.files.discard(name);
      await pool.files.entries.join();
      pool.room.promised.forget(name);
    });
  }

  async extend(object: ObjectRef, toGib: number): Promise<void> {
    const { pool } = this;
    await pool.doing('extend', object, async (name) => {
      const toBytes = pool.bytesOf(toGib);
      const found = await pool.require(name);
      if (found.sizeBytes >= toBytes) return;
      await this.#connections.requireGrowing(found);
      await pool.room.promised.holding(name, toBytes, async () => {
        // What stands on the file has its size, or would see what is added.
        if (isShared(found)) await thaw(pool, found, toBytes);
        else await extendObject(found, toBytes, pool.environment.run);
      });
    });
  }

  async describe(object: ObjectRef): Promise<BackendObject | undefined> {
    return this.pool.doing('look at', object, async (name) => {
      const found = await this.pool.find(name);
      return found && asBackendObject(found);
    });
  }

  async *list(poolName: string): AsyncIterable<BackendObject> {
    const { pool } = this;
    pool.requirePool(poolName);
    try {
      await pool.directory.requireInPlace();
      for await (const object of pool.files.list()) yield asBackendObject(object);
    } catch (error) {
      throw driverErrorFrom(error, { doing: `list ${pool.directory.path}` });
    }
  }

  async openWriter(object: ObjectRef, sizeGib: number): Promise<ObjectWriter> {
    const { pool } = this;
    return pool.doing('write', object, async (name) => {
      const sizeBytes = pool.bytesOf(sizeGib);
      await pool.directory.requireInPlace();
      await pool.files.discard(name);
      pool.room.promised.forget(name);
      return pool.room.promised.holding(name, sizeBytes, () =>
        pool.clearingUp(name, async () => {
          const handle = await pool.files.createPartial(name);
          // The full length comes first: growing the file write by write makes XFS fill the gaps with preallocated blocks.
          await handle.truncate(sizeBytes).catch((error) => handle.close().then(() => Promise.reject(error)));
          const writer: FileWriter = new FileWriter({
            files: pool.files,
            name,
            sizeBytes,
            handle,
            earlySync: this.#earlySync,
            directTurns: this.#directTurns,
            freeBytes: () => pool.room.freeBytes(),
            onEnd: (end) => {
              this.#writers.delete(writer);
              if (end === 'aborted') pool.room.promised.forget(name);
            },
          });
          this.#writers.add(writer);
          return writer;
        }),
      );
    });
  }

  async openReader(object: ObjectRef): Promise<ObjectReader> {
    const { pool } = this;
    return pool.doing('read', object, async (name) => {
      const held = await HeldObject.open(pool.files, await pool.require(name));
      const onClose = () => this.#readers.delete(reader);
      const reader: FileReader = new FileReader({ ...pool.environment, held, onClose });
      this.#readers.add(reader);
      return reader;
    });
  }

  async clone(source: ObjectRef, target: ObjectRef, sizeGib: number): Promise<CloneMethod> {
    const { pool } = this;
    return pool.doing('clone to', target, async (name) => {
      pool.requirePool(source.pool);
      requireObjectName(source.name);
      if (source.name === name) throw new DriverError('failed', `${name} cannot be cloned to itself`, { object: name });
      const find = async () => {
        const object = await pool.require(source.name);
        if (pool.method !== 'reflink') await requireNoWriter(source.name, pool.connections, 'clone');
        return { object, files: pool.files };
      };
      return cloneInto(pool, { target: name, sizeGib, find });
    });
  }

  openImage(...place: Parameters<ImageCloneCapable['openImage']>): ReturnType<ImageCloneCapable['openImage']> {
    return this.#images.openImage(...place);
  }

  createSnapshot(snapshot: SnapshotRef): Promise<void> {
    return this.#snapshots.createSnapshot(snapshot);
  }

  removeSnapshot(snapshot: SnapshotRef): Promise<void> {
    return this.#snapshots.removeSnapshot(snapshot);
  }

  revertToSnapshot(snapshot: SnapshotRef): Promise<void> {
    return this.#snapshots.revertToSnapshot(snapshot);
  }

  cloneSnapshot(snapshot: SnapshotRef, target: ObjectRef, sizeGib: number): Promise<CloneMethod> {
    return this.#snapshots.cloneSnapshot(snapshot, target, sizeGib);
  }

  describeSnapshot(snapshot: SnapshotRef): Promise<BackendSnapshot | undefined> {
    return this.#snapshots.describeSnapshot(snapshot);
  }

  listManageable(pool: string): AsyncIterable<ManageableObject> {
    return this.#manage.listManageable(pool);
  }

  adopt(pool: string, sourceName: string, target: ObjectRef): Promise<AdoptedObject> {
    return this.#manage.adopt(pool, sourceName, target);
  }

  connect(...order: Parameters<ConnectCapable['connect']>): Promise<ConnectionInfo> {
    return this.#connections.connect(...order);
  }

  disconnect(object: ObjectRef, attachmentId: string): Promise<void> {
    return this.#connections.disconnect(object, attachmentId);
  }

  /** Unfinished writers let go of their files; what they wrote stays and is listed, as after a crash. NBD servers serve on. */
  async close(): Promise<void> {
    await Promise.all([...this.#writers].map((writer) => writer.release()));
    await Promise.all([...[...this.#readers].map((reader) => reader.close()), this.#images.close()]);
    await this.#connections.close();
    await this.pool.room.idle();
    await this.pool.directory.close();
  }
}
