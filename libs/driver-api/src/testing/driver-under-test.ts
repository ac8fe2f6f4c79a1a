import { randomUUID } from 'node:crypto';
import { bytesPerGib } from '@hearth/kernel';
import {
  canClone,
  canCloneImages,
  canConnect,
  canManage,
  canSnapshot,
  type CloneCapable,
  type ConnectCapable,
  type ConnectionInfo,
  DriverError,
  type DriverErrorCode,
  type ImageCloneCapable,
  type ObjectReader,
  type ManageCapable,
  type ObjectRef,
  type SnapshotCapable,
  type SnapshotRef,
  type VolumeDriver,
} from '../index';

/** What the conformance suite needs of a driver: itself, a place to work in, and a reader that does not go through the driver. */
export interface DriverUnderTest {
  readonly driver: VolumeDriver;
  readonly pool: string;
  /** The bytes a guest would read, asked of the backend or of an outside tool. */
  readObject(object: ObjectRef, offset: number, length: number): Promise<Uint8Array>;
  /** Another driver on the same backend, as a process finds it after a crash of the first. The suite closes it. */
  reopen(): Promise<VolumeDriver>;
  /** A pool that takes an object of 1 GiB but not `roomBytes` of data. The suite closes its driver. */
  openSmallPool(): Promise<{ readonly driver: VolumeDriver; readonly pool: string; readonly roomBytes: number }>;
  /** For a driver whose writers take whole files. */
  readonly localFiles?: LocalFiles;
  /** For a driver that connects, and for one that makes snapshots. */
  readonly guest?: Guest;
  /** For a driver that takes over what it did not make. */
  readonly strangers?: Strangers;
  /** For a driver that clones images from where they lie. */
  readonly images?: ImagePlaces;
}

/** Places of images as the image service has them. */
export interface ImagePlaces {
  /** Whether the driver can share the storage of what lies there. */
  readonly shares: boolean;
  /** Puts an image there, with these first bytes and zeros beyond; its URL. */
  plant(imageId: string, bytes: Uint8Array, sizeBytes: number): Promise<string>;
  /** Changes the first bytes of what is there. */
  overwrite(imageId: string, bytes: Uint8Array): Promise<void>;
  /** What is not there is no error. */
  remove(imageId: string): Promise<void>;
}

/** What uses a volume by what its attachment was told, without the driver. */
export interface Guest {
  /** Stores the bytes durably. Offset and length are multiples of 512. Rejects when the attachment may only read. */
  write(info: ConnectionInfo, offset: number, bytes: Uint8Array): Promise<void>;
  read(info: ConnectionInfo, offset: number, length: number): Promise<Uint8Array>;
}

/** What lies in a pool and was not made by the driver. */
export interface Strangers {
  /** Puts something there that the driver could take over, with these first bytes and zeros beyond. */
  plant(sourceName: string, bytes: Uint8Array, sizeBytes: number): Promise<void>;
  /** Whether something of that name is there. */
  isThere(sourceName: string): Promise<boolean>;
  /** What is not there is no error. */
  remove(sourceName: string): Promise<void>;
}

/** Files beside the backend's objects, where the driver is given whole files. The port itself touches no file system. */
export interface LocalFiles {
  /** Whether the driver can share the storage of these files. */
  readonly shares: boolean;
  /** A new file of that length that starts with these bytes and has zeros beyond; its path. */
  make(bytes: Uint8Array, lengthBytes: number): Promise<string>;
  read(path: string): Promise<Uint8Array>;
  /** Changes the first bytes of the file. */
  overwrite(path: string, bytes: Uint8Array): Promise<void>;
  /** A file that has gone is no error. */
  remove(path: string): Promise<void>;
}

/** The driver, its pool and the objects that a test makes, which are removed after it. */
export class Subject {
  readonly #made: ObjectRef[] = [];
  readonly #snapshots: SnapshotRef[] = [];
  readonly #strangers: string[] = [];

  constructor(private readonly underTest: DriverUnderTest) {}

  get driver(): VolumeDriver {
    return this.underTest.driver;
  }

  get pool(): string {
    return this.underTest.pool;
  }

  /** The driver as one that clones; a test that asks for it runs only where the driver can. */
  get cloning(): VolumeDriver & CloneCapable {
    if (!canClone(this.driver)) throw new Error('this driver does not clone');
    return this.driver;
  }

  get cloningImages(): VolumeDriver & ImageCloneCapable {
    if (!canCloneImages(this.driver)) throw new Error('this driver clones no images');
    return this.driver;
  }

  get snapshotting(): VolumeDriver & SnapshotCapable {
    if (!canSnapshot(this.driver)) throw new Error('this driver makes no snapshots');
    return this.driver;
  }

  get managing(): VolumeDriver & ManageCapable {
    if (!canManage(this.driver)) throw new Error('this driver takes nothing over');
    return this.driver;
  }

  get connecting(): VolumeDriver & ConnectCapable {
    if (!canConnect(this.driver)) throw new Error('this driver connects nobody');
    return this.driver;
  }

  get guest(): Guest {
    if (!this.underTest.guest) throw new Error('there is no guest to use connections');
    return this.underTest.guest;
  }

  get images(): ImagePlaces {
    if (!this.underTest.images) throw new Error('there is no place for images');
    return this.underTest.images;
  }

  get strangers(): Strangers {
    if (!this.underTest.strangers) throw new Error('nothing can be put into the pool without the driver');
    return this.underTest.strangers;
  }

  newSnapshot(object: ObjectRef): SnapshotRef {
    const snapshot = { object, name: `snapshot-${randomUUID()}` };
    this.#snapshots.push(snapshot);
    return snapshot;
  }

  async snapshotOf(object: ObjectRef): Promise<SnapshotRef> {
    const snapshot = this.newSnapshot(object);
    await this.snapshotting.createSnapshot(snapshot);
    return snapshot;
  }

  /** A name for something that the driver did not make. */
  newStranger(): string {
    const name = `disk ${randomUUID()}.img`;
    this.#strangers.push(name);
    return name;
  }

  /** Lets a guest use the object while the work runs. */
  async connected<T>(
    object: ObjectRef,
    work: (info: ConnectionInfo) => Promise<T>,
    { readOnly = false }: { readonly readOnly?: boolean } = {},
  ): Promise<T> {
    const attachmentId = randomUUID();
    const info = await this.connecting.connect(object, attachmentId, {}, { readOnly });
    try {
      return await work(info);
    } finally {
      await this.connecting.disconnect(object, attachmentId);
    }
  }

  /** Writes into a whole object as a guest does. */
  overwrite(object: ObjectRef, pieces: readonly Piece[]): Promise<void> {
    return this.connected(object, async (info) => {
      for (const { offset, bytes } of pieces) await this.guest.write(info, offset, bytes);
    });
  }

  /** A name that nobody else uses. */
  newRef(): ObjectRef {
    const ref = { pool: this.pool, name: `volume-${randomUUID()}` };
    this.#made.push(ref);
    return ref;
  }

  read(object: ObjectRef, offset: number, length: number): Promise<Uint8Array> {
    return this.underTest.readObject(object, offset, length);
  }

  reopen(): Promise<VolumeDriver> {
    return this.underTest.reopen();
  }

  /** Writes a whole object of `sizeGib` with the given pieces of data. */
  async written(sizeGib: number, pieces: readonly Piece[], object = this.newRef()): Promise<ObjectRef> {
    const writer = await this.driver.openWriter(object, sizeGib);
    for (const { offset, bytes } of pieces) await writer.write(offset, bytes);
    await writer.finish();
    return object;
  }

  /** Sees that the object's bytes are the pieces'. */
  async expectPieces(object: ObjectRef, pieces: readonly Piece[]): Promise<void> {
    for (const { offset, bytes } of pieces) await this.expectBytes(object, offset, bytes);
  }

  async expectBytes(object: ObjectRef, offset: number, bytes: Uint8Array): Promise<void> {
    const found = await this.read(object, offset, bytes.length);
    // Compared as a whole: a matcher would print a megabyte.
    if (!Buffer.from(found).equals(bytes))
      throw new Error(`${object.name}: ${bytes.length} bytes at ${offset} are not what was written`);
  }

  async expectZeros(object: ObjectRef, offset: number, length: number): Promise<void> {
    await this.expectBytes(object, offset, Buffer.alloc(length));
  }

  /** Opens the object for reading, lets the work run, and closes it. */
  async reading(object: ObjectRef, work: (reader: ObjectReader) => Promise<void>): Promise<void> {
    const reader = await this.driver.openReader(object);
    try {
      await work(reader);
    } finally {
      await reader.close();
    }
  }

  async names(driver: VolumeDriver = this.driver, pool = this.pool): Promise<string[]> {
    const names: string[] = [];
    for await (const { name } of driver.list(pool)) names.push(name);
    return names;
  }

  async provisionedGib(driver: VolumeDriver = this.driver): Promise<number> {
    const capacity = (await driver.capacity()).find(({ pool }) => pool === this.pool);
    if (!capacity) throw new Error(`capacity() says nothing of the pool ${this.pool}`);
    return capacity.provisionedGib;
  }

  /** Clones go before their sources, and snapshots before their objects. */
  async removeAll(): Promise<void> {
    for (const snapshot of this.#snapshots.splice(0)) await this.snapshotting.removeSnapshot(snapshot);
    for (const name of this.#strangers.splice(0)) await this.strangers.remove(name);
    for (const object of this.#made.splice(0).reverse()) await this.driver.remove(object);
  }
}

export interface Piece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export const kib = 1024;
export const mib = 1024 * kib;
export const gib = bytesPerGib;

/** Data at the start, in the middle across a GiB's half, and at the very end, told apart by `seed`. */
export function samplePieces(sizeGib: number, seed = 1): Piece[] {
  const bytes = (length: number, salt: number) => {
    const data = Buffer.alloc(length);
    for (let i = 0; i < length; i++) data[i] = (i * 31 + seed * 7 + salt) % 251 || 1;
    return data;
  };
  return [
    { offset: 0, bytes: bytes(256 * kib, 1) },
    { offset: gib / 2 - 64 * kib, bytes: bytes(128 * kib, 2) },
    { offset: sizeGib * gib - 64 * kib, bytes: bytes(64 * kib, 3) },
  ];
}

/** Sees that the work is refused with a `DriverError` of one of these codes, and hands it over. */
export async function expectDriverError(work: Promise<unknown>, ...codes: DriverErrorCode[]): Promise<DriverError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof DriverError))
    throw new Error(`expected a DriverError, got ${String(error)}`, { cause: error });
  expect(codes).toContain(error.code);
  return error;
}
