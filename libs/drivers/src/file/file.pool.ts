import { type BackendObject, type DriverEnvironment, DriverError, type ObjectRef } from '@hearth/driver-api';
import { gibToBytes, gibToHold } from '@hearth/kernel';
import type { FileCloneMethod } from './clone-probe';
import { ConnectionRecords, syncDirectory } from './connection-records';
import type { FileDriverConfig } from './file.config';
import { driverErrorFrom, isSystemError } from './file.errors';
import { type ListedObject, ObjectFiles, type StoredObject } from './object-files';
import { requireObjectName } from './object-name';
import { overlaySizeBytesMax } from './overlay-header';
import { PoolRoom } from './pool-room';
import { SharedSync } from './shared-sync';
import type { VolumeDirectory } from './volume-directory';

/** What all that the driver does needs of its pool: the files, their room, and the checks that every call begins with. */
export class FilePool {
  readonly files: ObjectFiles;
  readonly connections: ConnectionRecords;
  readonly room: PoolRoom;

  constructor(
    readonly config: FileDriverConfig,
    readonly environment: DriverEnvironment,
    readonly directory: VolumeDirectory,
    readonly method: FileCloneMethod,
  ) {
    this.files = new ObjectFiles(directory.path, new SharedSync(() => directory.sync()));
    this.connections = new ConnectionRecords(this.files);
    this.room = new PoolRoom(config, directory, () => this.#promises(), environment.log);
  }

  /** Checks the name and the pool, and turns whatever goes wrong into a `DriverError` about this object. */
  async doing<T>(what: string, object: ObjectRef | undefined, work: (name: string) => Promise<T>): Promise<T> {
    const name = object ? requireObjectName(object.name) : '';
    if (object) this.requirePool(object.pool);
    try {
      return await work(name);
    } catch (error) {
      throw driverErrorFrom(error, { doing: `${what} ${name}`.trimEnd(), object: name || undefined });
    }
  }

  requirePool(pool: string): void {
    if (pool === this.config.pool) return;
    throw new DriverError('misconfigured', `there is no pool '${pool}' here, only '${this.config.pool}'`);
  }

  bytesOf(sizeGib: number): number {
    const bytes = gibToBytes(sizeGib);
    if (!Number.isSafeInteger(sizeGib) || sizeGib < 1) {
      throw new DriverError('failed', `${sizeGib} is not a size: it must be a whole number of GiB, at least 1`);
    }
    const bytesMax = this.method === 'overlay' ? overlaySizeBytesMax : Number.MAX_SAFE_INTEGER;
    if (bytes > bytesMax) throw new DriverError('full', `${sizeGib} GiB are more than one object can have here`);
    return bytes;
  }

  async find(name: string): Promise<StoredObject | undefined> {
    const found = await this.files.find(name);
    if (!found) await this.directory.requireInPlace();
    return found;
  }

  async require(name: string): Promise<StoredObject> {
    const found = await this.find(name);
    if (!found) throw new DriverError('not-found', `there is no ${name} in ${this.directory.path}`, { object: name });
    return found;
  }

  /** An earlier call's object, made durable; it may have been interrupted just before that. */
  async isThereAlready(name: string, sizeBytes: number): Promise<StoredObject | undefined> {
    const found = await this.find(name);
    if (!found) return undefined;
    if (found.sizeBytes !== sizeBytes) {
      const message = `${name} is there already with ${found.sizeBytes} bytes, not ${sizeBytes}`;
      throw new DriverError('exists', message, { object: name });
    }
    await this.files.entries.join();
    return found;
  }

  /** Where the snapshots of an object lie. The directory is there when the object has any, or had one a moment ago. */
  snapshotsOf(name: string): ObjectFiles {
    const directory = this.files.path(name, 'snapshots');
    return new ObjectFiles(directory, new SharedSync(() => syncDirectory(directory)), 'snapshot');
  }

  /** The snapshots of an object, and remains of interrupted ones. */
  async snapshotsIn(name: string): Promise<ListedObject[]> {
    const found: ListedObject[] = [];
    try {
      for await (const snapshot of this.snapshotsOf(name).list()) found.push(snapshot);
    } catch (error) {
      if (!isSystemError(error, 'ENOENT')) throw error;
    }
    return found;
  }

  /** What failed leaves nothing behind; what was killed is cleared up by the next attempt. */
  async clearingUp<T>(name: string, work: () => Promise<T>, files = this.files): Promise<T> {
    try {
      return await work();
    } catch (error) {
      await files.discardRemains(name).catch(() => undefined);
      throw error;
    }
  }

  /** All that counts as promised: objects, and snapshots, which may come to take up as much when their object is rewritten. */
  async *#promises(): AsyncIterable<{ readonly name: string; readonly sizeBytes: number }> {
    yield* this.files.list();
    for await (const name of this.files.having('snapshots')) {
      for (const { name: snapshot, sizeBytes } of await this.snapshotsIn(name)) {
        yield { name: promiseOf(name, snapshot), sizeBytes };
      }
    }
  }
}

/** The name under which a snapshot's size is promised; no object can have it. */
export function promiseOf(objectName: string, snapshotName: string): string {
  return `${objectName}/${snapshotName}`;
}

export function asBackendObject({ name, sizeBytes, allocatedBytes }: ListedObject): BackendObject {
  return { name, sizeGib: gibToHold(sizeBytes), allocatedBytes };
}
