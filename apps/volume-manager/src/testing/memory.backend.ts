import {
  type BackendObject,
  type CloneCapable,
  type DriverCapabilities,
  DriverError,
  type ObjectExtent,
  type ObjectReader,
  type ObjectRef,
  type ObjectWriter,
  type PoolCapacity,
  type VolumeDriver,
} from '@hearth/driver-api';
import { gibToBytes } from '@hearth/kernel';

const pageBytes = 64 * 1024;

interface MemoryObject {
  readonly sizeGib: number;
  /** Only after `finish` is it a whole one. */
  readonly isWhole: boolean;
  /** By page number; what is missing reads as zeros. */
  readonly pages: Map<number, Buffer>;
}

export interface MemoryBackendOptions {
  readonly pool?: string;
  readonly totalGib?: number;
  /** Bytes of data it takes. */
  readonly roomBytes?: number;
}

/** A storage backend in memory: what survives the processes that use it. Sparse, so that sizes cost nothing. */
export class MemoryBackend {
  readonly pool: string;
  readonly totalGib: number;
  readonly roomBytes: number;
  readonly objects = new Map<string, MemoryObject>();

  constructor({ pool = 'here', totalGib = 1_000, roomBytes = Number.POSITIVE_INFINITY }: MemoryBackendOptions = {}) {
    this.pool = pool;
    this.totalGib = totalGib;
    this.roomBytes = roomBytes;
  }

  /** What a process sees of it. */
  open(): VolumeDriver & CloneCapable {
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
}

function readPages(pages: MemoryObject['pages'], offset: number, target: Uint8Array): void {
  target.fill(0);
  for (let at = 0; at < target.length;) {
    const [page, inside] = pageAt(offset + at);
    const part = Math.min(pageBytes - inside, target.length - at);
    pages.get(page)?.copy(target, at, inside, inside + part);
    at += part;
  }
}

function requireInside(
  of: { readonly name: string; readonly sizeBytes: number },
  offset: number,
  length: number,
): void {
  if (Number.isSafeInteger(offset) && offset >= 0 && offset + length <= of.sizeBytes) return;
  throw new DriverError('failed', `${length} bytes at ${offset} lie outside ${of.name}`, { object: of.name });
}

const pageAt = (offset: number): [number, number] => [Math.floor(offset / pageBytes), offset % pageBytes];

class MemoryDriver implements VolumeDriver, CloneCapable {
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

  constructor(private readonly backend: MemoryBackend) {}

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
    this.require(target, sizeGib);
    if (this.earlier(target, sizeGib)) return 'memory';
    const found = this.found(source);
    if (found.sizeGib > sizeGib) {
      throw new DriverError('failed', `${target.name} of ${sizeGib} GiB cannot hold ${source.name}`);
    }
    this.backend.objects.set(target.name, { sizeGib, isWhole: true, pages: new Map(found.pages) });
    return 'memory';
  }

  async close(): Promise<void> {
    // Nothing is held open.
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

class MemoryWriter implements ObjectWriter {
  private failure: DriverError | undefined;

  constructor(
    private readonly backend: MemoryBackend,
    private readonly name: string,
    private readonly object: Pick<MemoryObject, 'sizeGib' | 'pages'>,
  ) {}

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    const { name, object, backend } = this;
    requireInside({ name, sizeBytes: gibToBytes(object.sizeGib) }, offset, bytes.length);
    if (backend.usedBytes + bytes.length > backend.roomBytes) {
      this.failure = new DriverError('full', `no room for ${name}`, { object: name });
      throw this.failure;
    }
    for (let at = 0; at < bytes.length;) {
      const [page, inside] = pageAt(offset + at);
      const part = bytes.subarray(at, at + pageBytes - inside);
      const written = Buffer.from(object.pages.get(page) ?? Buffer.alloc(pageBytes));
      written.set(part, inside);
      object.pages.set(page, written);
      at += part.length;
    }
  }

  async read(offset: number, target: Uint8Array): Promise<void> {
    requireInside({ name: this.name, sizeBytes: gibToBytes(this.object.sizeGib) }, offset, target.length);
    readPages(this.object.pages, offset, target);
  }

  async finish(): Promise<void> {
    if (this.failure) throw this.failure;
    this.backend.objects.set(this.name, { ...this.object, isWhole: true });
  }

  async abort(): Promise<void> {
    if (this.backend.objects.get(this.name)?.pages === this.object.pages) this.backend.objects.delete(this.name);
  }
}

class MemoryReader implements ObjectReader {
  readonly sizeBytes: number;
  private isClosed = false;

  constructor(
    private readonly backend: MemoryBackend,
    readonly name: string,
    private readonly object: MemoryObject,
  ) {
    this.sizeBytes = gibToBytes(object.sizeGib);
  }

  async *extents(): AsyncIterable<ObjectExtent> {
    this.requireOpen();
    for (const page of [...this.object.pages.keys()].sort((a, b) => a - b)) {
      yield { offset: page * pageBytes, length: pageBytes };
    }
  }

  async read(offset: number, target: Uint8Array): Promise<void> {
    this.requireOpen();
    requireInside(this, offset, target.length);
    readPages(this.object.pages, offset, target);
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  private requireOpen(): void {
    const object = this.name;
    if (this.isClosed) throw new DriverError('failed', `the reader of ${object} is closed`, { object });
    if (this.backend.objects.get(object)?.pages === this.object.pages) return;
    throw new DriverError('not-found', `${object} is gone`, { object });
  }
}

function asBackendObject(name: string, { sizeGib, pages }: MemoryObject): BackendObject {
  return { name, sizeGib, allocatedBytes: pages.size * pageBytes };
}
