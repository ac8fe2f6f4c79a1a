import {
  type AdoptedObject,
  type BackendObject,
  type BackendSnapshot,
  type CloneCapable,
  type ConnectCapable,
  type ConnectionInfo,
  type Connector,
  type DriverCapabilities,
  DriverError,
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
import { gibToHold } from '@hearth/kernel';
import { MemoryReader, MemoryWriter } from './memory.io';
import { pageBytes } from './memory.pages';
import type { MemoryObject, MemoryState } from './memory.state';

/** A process's view of a backend in memory. */
export class MemoryDriver implements VolumeDriver, CloneCapable, SnapshotCapable, ManageCapable, ConnectCapable {
  readonly capabilities: DriverCapabilities = {
    thin: true,
    efficientClone: true,
    cloneMethod: 'memory',
    cloneKeepsSource: false,
    snapshotsInUse: true,
    extendsInUse: true,
    multiattach: true,
    clonesAtOnceMax: 8,
    preferredWriteBytes: pageBytes,
    facts: { storage_protocol: 'memory' },
  };

  constructor(private readonly backend: MemoryState) {}

  async capacity(): Promise<readonly PoolCapacity[]> {
    const { pool, totalGib, promisedGib } = this.backend;
    return [{ pool, totalGib, freeGib: totalGib, provisionedGib: promisedGib, thin: true }];
  }

  async createBlank(object: ObjectRef, sizeGib: number): Promise<void> {
    this.require(object, sizeGib);
    if (this.earlier(object, sizeGib)) return;
    this.backend.objects.set(object.name, { sizeGib, isWhole: true, pages: new Map() });
  }

  async remove(object: ObjectRef): Promise<void> {
    this.require(object);
    if (this.backend.snapshots.has(object.name)) {
      throw new DriverError('has-dependants', `${object.name} has snapshots`, { object: object.name });
    }
    this.backend.connections.delete(object.name);
    this.backend.objects.delete(object.name);
  }

  async extend(object: ObjectRef, toGib: number): Promise<void> {
    this.require(object, toGib);
    const found = this.found(object);
    if (found.sizeGib < toGib) this.backend.objects.set(object.name, { ...found, sizeGib: toGib });
  }

  async describe(object: ObjectRef): Promise<BackendObject | undefined> {
    this.require(object);
    const found = this.backend.objects.get(object.name);
    return found?.isWhole ? asBackendObject(object.name, found) : undefined;
  }

  async *list(pool: string): AsyncIterable<BackendObject> {
    this.require({ pool, name: 'volume-any' });
    for (const [name, object] of [...this.backend.objects]) yield asBackendObject(name, object);
  }

  async openWriter(object: ObjectRef, sizeGib: number): Promise<ObjectWriter> {
    this.require(object, sizeGib);
    const pages = new Map<number, Buffer>();
    this.backend.objects.set(object.name, { sizeGib, isWhole: false, pages });
    return new MemoryWriter(this.backend, object.name, { sizeGib, pages });
  }

  async openReader(object: ObjectRef): Promise<ObjectReader> {
    this.require(object);
    return new MemoryReader(this.backend, object.name, this.found(object));
  }

  async clone(source: ObjectRef, target: ObjectRef, sizeGib: number): Promise<string> {
    this.require(source);
    return this.cloneFrom(() => this.found(source), target, sizeGib);
  }

  async createSnapshot(snapshot: SnapshotRef): Promise<void> {
    this.requireSnapshot(snapshot);
    const { sizeGib, pages } = this.found(snapshot.object);
    const { name } = snapshot.object;
    const snapshots = this.backend.snapshots.get(name) ?? new Map<string, MemoryObject>();
    this.backend.snapshots.set(name, snapshots);
    if (!snapshots.has(snapshot.name)) {
      snapshots.set(snapshot.name, { sizeGib, isWhole: true, pages: new Map(pages) });
    }
  }

  async removeSnapshot(snapshot: SnapshotRef): Promise<void> {
    this.requireSnapshot(snapshot);
    const snapshots = this.backend.snapshots.get(snapshot.object.name);
    snapshots?.delete(snapshot.name);
    if (snapshots?.size === 0) this.backend.snapshots.delete(snapshot.object.name);
  }

  async revertToSnapshot(snapshot: SnapshotRef): Promise<void> {
    this.requireSnapshot(snapshot);
    const { name } = snapshot.object;
    const { sizeGib } = this.found(snapshot.object);
    const { pages } = this.foundSnapshot(snapshot);
    if (this.backend.connections.has(name)) throw new DriverError('busy', `${name} is in use`, { object: name });
    this.backend.objects.set(name, { sizeGib, isWhole: true, pages: new Map(pages) });
  }

  async cloneSnapshot(snapshot: SnapshotRef, target: ObjectRef, sizeGib: number): Promise<string> {
    this.requireSnapshot(snapshot);
    return this.cloneFrom(() => this.foundSnapshot(snapshot), target, sizeGib);
  }

  async describeSnapshot(snapshot: SnapshotRef): Promise<BackendSnapshot | undefined> {
    this.requireSnapshot(snapshot);
    const found = this.backend.snapshots.get(snapshot.object.name)?.get(snapshot.name);
    return found && { sizeGib: found.sizeGib };
  }

  async *listManageable(pool: string): AsyncIterable<ManageableObject> {
    this.require({ pool, name: 'volume-any' });
    for (const [sourceName, { isWhole, sizeGib }] of [...this.backend.objects]) {
      if (isWhole) yield { sourceName, sizeGib };
    }
    for (const [sourceName, { sizeBytes }] of [...this.backend.strangers]) {
      yield { sourceName, sizeGib: gibToHold(sizeBytes) };
    }
  }

  async adopt(pool: string, sourceName: string, target: ObjectRef): Promise<AdoptedObject> {
    this.require({ ...target, pool });
    this.require(target);
    if (!/^[\w .-]{1,255}$/.test(sourceName) || sourceName.startsWith('.')) {
      throw new DriverError('failed', `'${sourceName.slice(0, 300)}' cannot be taken over`);
    }
    const { objects, strangers } = this.backend;
    const source = strangers.get(sourceName) ?? objects.get(sourceName);
    const there = objects.get(target.name);
    if (!source && there) return { sizeGib: there.sizeGib };
    if (!source || ('isWhole' in source && !source.isWhole)) {
      throw new DriverError('not-found', `there is no ${sourceName}`, { object: sourceName });
    }
    if (there) throw new DriverError('exists', `${target.name} is there already`, { object: target.name });
    const sizeGib = 'isWhole' in source ? source.sizeGib : gibToHold(source.sizeBytes);
    objects.set(target.name, { sizeGib, isWhole: true, pages: source.pages });
    objects.delete(sourceName);
    strangers.delete(sourceName);
    return { sizeGib };
  }

  async connect(
    object: ObjectRef,
    attachmentId: string,
    _connector: Connector,
    { readOnly }: { readonly readOnly: boolean },
  ): Promise<ConnectionInfo> {
    this.require(object);
    requireAttachmentId(attachmentId);
    this.found(object);
    const connected = this.backend.connections.get(object.name) ?? new Map<string, boolean>();
    this.backend.connections.set(object.name, connected.set(attachmentId, readOnly));
    const data = { object: object.name, access_mode: readOnly ? 'ro' : 'rw', encrypted: false, qos_specs: null };
    return { driverVolumeType: 'memory', data };
  }

  async disconnect(object: ObjectRef, attachmentId: string): Promise<void> {
    this.require(object);
    requireAttachmentId(attachmentId);
    const connected = this.backend.connections.get(object.name);
    connected?.delete(attachmentId);
    if (connected?.size === 0) this.backend.connections.delete(object.name);
  }

  async close(): Promise<void> {
    // Nothing is held open.
  }

  private cloneFrom(find: () => MemoryObject, target: ObjectRef, sizeGib: number): string {
    this.require(target, sizeGib);
    if (this.earlier(target, sizeGib)) return 'memory';
    const found = find();
    if (found.sizeGib > sizeGib) {
      throw new DriverError('failed', `${target.name} of ${sizeGib} GiB cannot hold ${found.sizeGib} GiB`);
    }
    this.backend.objects.set(target.name, { sizeGib, isWhole: true, pages: new Map(found.pages) });
    return 'memory';
  }

  private foundSnapshot({ object, name }: SnapshotRef): MemoryObject {
    const found = this.backend.snapshots.get(object.name)?.get(name);
    if (found) return found;
    throw new DriverError('not-found', `there is no ${name} of ${object.name}`, { object: object.name });
  }

  private requireSnapshot({ object, name }: SnapshotRef): void {
    this.require(object);
    if (!/^snapshot-[\w.-]{1,240}$/.test(name)) throw new DriverError('failed', `'${name}' is no name`);
  }

  private earlier({ name }: ObjectRef, sizeGib: number): boolean {
    const earlier = this.backend.objects.get(name);
    if (!earlier?.isWhole) return false;
    if (earlier.sizeGib === sizeGib) return true;
    throw new DriverError('exists', `${name} is there with ${earlier.sizeGib} GiB`, { object: name });
  }

  private found({ name }: ObjectRef): MemoryObject {
    const found = this.backend.objects.get(name);
    if (found?.isWhole) return found;
    throw new DriverError('not-found', `there is no ${name}`, { object: name });
  }

  private require({ pool, name }: ObjectRef, sizeGib = 1): void {
    if (pool !== this.backend.pool) throw new DriverError('misconfigured', `there is no pool '${pool}' here`);
    if (!/^volume-[\w.-]{1,240}$/.test(name)) throw new DriverError('failed', `'${name}' is no name`, { object: name });
    if (!Number.isSafeInteger(sizeGib) || sizeGib < 1) throw new DriverError('failed', `${sizeGib} is no size in GiB`);
  }
}

function requireAttachmentId(id: string): void {
  if (!/^[\w-]{1,128}$/.test(id)) throw new DriverError('failed', `'${id.slice(0, 200)}' is no attachment's id`);
}

function asBackendObject(name: string, { sizeGib, pages }: MemoryObject): BackendObject {
  return { name, sizeGib, allocatedBytes: pages.size * pageBytes };
}
