import { DriverError, type ObjectExtent, type ObjectReader, type ObjectWriter } from '@hearth/driver-api';
import { gibToBytes } from '@hearth/kernel';
import { pageBytes, readPages, writePages } from './memory.pages';
import type { MemoryObject, MemoryState } from './memory.state';

export class MemoryWriter implements ObjectWriter {
  private failure: DriverError | undefined;

  constructor(
    private readonly backend: MemoryState,
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
    writePages(object.pages, offset, bytes);
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

export class MemoryReader implements ObjectReader {
  readonly sizeBytes: number;
  private isClosed = false;

  constructor(
    private readonly backend: MemoryState,
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

function requireInside(
  of: { readonly name: string; readonly sizeBytes: number },
  offset: number,
  length: number,
): void {
  if (Number.isSafeInteger(offset) && offset >= 0 && offset + length <= of.sizeBytes) return;
  throw new DriverError('failed', `${length} bytes at ${offset} lie outside ${of.name}`, { object: of.name });
}
