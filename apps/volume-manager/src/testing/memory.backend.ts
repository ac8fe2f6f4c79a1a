import type {
  CloneCapable,
  ConnectCapable,
  ConnectionInfo,
  ManageCapable,
  SnapshotCapable,
  VolumeDriver,
} from '@hearth/driver-api';
import { MemoryDriver } from './memory.driver';
import { pageBytes, type Pages, readPages, writePages } from './memory.pages';
import type { MemoryObject, MemoryState } from './memory.state';

export interface MemoryBackendOptions {
  readonly pool?: string;
  readonly totalGib?: number;
  /** Bytes of data it takes. */
  readonly roomBytes?: number;
}

/** A storage backend in memory: what survives the processes that use it. Sparse, so that sizes cost nothing. */
export class MemoryBackend implements MemoryState {
  readonly pool: string;
  readonly totalGib: number;
  readonly roomBytes: number;
  readonly objects = new Map<string, MemoryObject>();
  readonly snapshots = new Map<string, Map<string, MemoryObject>>();
  readonly connections = new Map<string, Map<string, boolean>>();
  readonly strangers = new Map<string, { readonly sizeBytes: number; readonly pages: Pages }>();

  constructor({ pool = 'here', totalGib = 1_000, roomBytes = Number.POSITIVE_INFINITY }: MemoryBackendOptions = {}) {
    this.pool = pool;
    this.totalGib = totalGib;
    this.roomBytes = roomBytes;
  }

  /** What a process sees of it. */
  open(): VolumeDriver & CloneCapable & SnapshotCapable & ManageCapable & ConnectCapable {
    return new MemoryDriver(this);
  }

  get usedBytes(): number {
    let pages = 0;
    for (const object of this.objects.values()) pages += object.pages.size;
    return pages * pageBytes;
  }

  get promisedGib(): number {
    return [...this.objects.values()].reduce((sum, { sizeGib }) => sum + sizeGib, 0);
  }

  read(name: string, offset: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    readPages(this.objects.get(name)?.pages ?? new Map(), offset, bytes);
    return bytes;
  }

  /** What a guest does with what its attachment was told. Throws when nobody is connected that way. */
  guestWrites({ data }: ConnectionInfo, offset: number, bytes: Uint8Array): void {
    const object = this.objects.get(String(data['object']));
    const modes = [...(this.connections.get(String(data['object']))?.values() ?? [])];
    const mayWrite = data['access_mode'] === 'rw' && modes.includes(false);
    if (!object || !mayWrite) throw new Error('nobody who may write is connected to that');
    writePages(object.pages, offset, bytes);
  }

  plant(name: string, bytes: Uint8Array, sizeBytes: number): void {
    const pages: Pages = new Map();
    writePages(pages, 0, bytes);
    this.strangers.set(name, { sizeBytes, pages });
  }
}
