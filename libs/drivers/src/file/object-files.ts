import { constants } from 'node:fs';
import { chmod, type FileHandle, link, open, opendir, rename, rmdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError } from './file.errors';
import { type ObjectKind, objectOfFile, type ObjectPart, partSuffixes } from './object-name';
import { overlaySizeBytes } from './overlay-header';
import type { SharedSync } from './shared-sync';

/** A whole object, as its files tell. */
export interface StoredObject {
  readonly name: string;
  readonly format: 'raw' | 'overlay';
  readonly path: string;
  /** The size a guest sees. */
  readonly sizeBytes: number;
  /** What the object's own file takes up, and its base when nothing else stands on that. */
  readonly allocatedBytes: number;
  readonly mode: number;
  /** The file itself, whatever it is called. */
  readonly ino: number;
  /** Names of the object's own file: more than one, when clones or snapshots stand on a raw file. */
  readonly links: number;
}

/** What is listed: a whole object, or what interrupted work left under its name. */
export interface ListedObject {
  readonly name: string;
  readonly sizeBytes: number;
  readonly allocatedBytes: number;
}

/** Owner and group: the content is a tenant's. */
export const fileMode = 0o660;
/** Whoever may write to a file. */
export const writableBits = 0o222;
const listedAtOnce = 64;

/**
 * The files of one directory, seen as objects. An object becomes visible by a rename and by nothing else, so that it is a
 * whole one or not there, whenever the power fails.
 */
export class ObjectFiles {
  constructor(
    readonly directory: string,
    /** Makes the directory's entries durable. */
    readonly entries: SharedSync,
    private readonly kind: ObjectKind = 'volume',
  ) {}

  path(name: string, part: ObjectPart): string {
    return join(this.directory, part === 'raw' ? name : name + partSuffixes[part]);
  }

  /** The whole object of that name, or undefined. */
  async find(name: string): Promise<StoredObject | undefined> {
    return (await this.#findRaw(name)) ?? (await this.#findOverlay(name));
  }

  /** A new file for work in progress; what interrupted work left under the name goes first. */
  async createPartial(name: string): Promise<FileHandle> {
    await this.discardRemains(name);
    return this.#openPartial(name);
  }

  /** The same, right after `find` has found no such object: what there is of remains is told by fewer looks. */
  async createFirstPartial(name: string): Promise<FileHandle> {
    await unlinkIfThere(this.path(name, 'base'));
    return this.#openPartial(name).catch((error: unknown) => {
      if (isSystemError(error, 'EEXIST')) return this.createPartial(name);
      throw error;
    });
  }

  /** Makes the work in progress the object of that name, durably. Its content must be durable already. */
  async publish(name: string, as: 'raw' | 'overlay'): Promise<void> {
    await rename(this.path(name, 'partial'), this.path(name, as));
    await this.entries.join();
  }

  /** Removes what interrupted work left; the base of a whole overlay is no remain, an overlay beside a raw file is one. */
  async discardRemains(name: string): Promise<void> {
    await unlinkIfThere(this.path(name, 'partial'));
    if ((await statIfThere(this.path(name, 'raw')))?.isFile()) await unlinkIfThere(this.path(name, 'overlay'));
    if (!(await statIfThere(this.path(name, 'overlay')))) await unlinkIfThere(this.path(name, 'base'));
  }

  /**
   * After an object was made anew in another format than it had: makes that the only one, durably. What is an overlay now becomes
   * visible by this.
   */
  async settle(name: string, as: 'raw' | 'overlay'): Promise<void> {
    if (as === 'raw') await this.discardRemains(name);
    else await unlinkIfThere(this.path(name, 'raw'));
    await this.entries.join();
  }

  /** Takes the write bits of a raw file that others are about to stand on. */
  async protect(rawPath: string): Promise<{ readonly ino: number }> {
    const { ino, mode } = await stat(rawPath);
    if ((mode & writableBits) !== 0) await chmod(rawPath, mode & ~writableBits & 0o777);
    return { ino };
  }

  /** Gives an overlay a hard link of its own to the raw file it stands on, which becomes write-protected. It may have it already. */
  async linkBase(name: string, rawPath: string): Promise<void> {
    const { ino } = await this.protect(rawPath);
    const base = this.path(name, 'base');
    if ((await statIfThere(base))?.ino !== ino) await link(rawPath, base);
  }

  /** Removes an object and its remains. It vanishes first and loses its base after, so it is never there without one. */
  async discard(name: string): Promise<void> {
    await Promise.all([unlinkIfThere(this.path(name, 'raw')), unlinkIfThere(this.path(name, 'overlay'))]);
    await this.discardRemains(name);
  }

  /** Every object, each once, in no order; remains of interrupted work stand under the name of their object. */
  async *list(): AsyncIterable<ListedObject> {
    let batch = new Set<string>();
    const seen = new Set<string>();
    for await (const entry of await opendir(this.directory, { bufferSize: 1024 })) {
      const name = objectOfFile(entry.name, this.kind)?.name;
      if (name === undefined || seen.has(name)) continue;
      seen.add(name);
      batch.add(name);
      if (batch.size < listedAtOnce) continue;
      yield* await this.#listed(batch);
      batch = new Set();
    }
    yield* await this.#listed(batch);
  }

  /** The names of objects that have a directory of this kind beside them, in no order, whether or not they are there. */
  async *having(part: 'snapshots' | 'connections'): AsyncIterable<string> {
    for await (const entry of await opendir(this.directory, { bufferSize: 1024 })) {
      const found = objectOfFile(entry.name, this.kind);
      if (found?.part === part) yield found.name;
    }
  }

  async #listed(names: Iterable<string>): Promise<ListedObject[]> {
    const found = await Promise.all([...names].map((name) => this.#inspect(name)));
    return found.filter((object) => object !== undefined);
  }

  #openPartial(name: string): Promise<FileHandle> {
    return open(this.path(name, 'partial'), constants.O_CREAT | constants.O_EXCL | constants.O_RDWR, fileMode);
  }

  async #findRaw(name: string): Promise<StoredObject | undefined> {
    const path = this.path(name, 'raw');
    const found = await statIfThere(path);
    if (!found?.isFile()) return undefined;
    const { size: sizeBytes, blocks, mode, ino, nlink: links } = found;
    return { name, format: 'raw', path, sizeBytes, allocatedBytes: blocks * 512, mode, ino, links };
  }

  async #findOverlay(name: string): Promise<StoredObject | undefined> {
    const found = await this.#statOverlay(name);
    if (!found) return undefined;
    const { sizeBytes, ...rest } = found;
    if (sizeBytes === undefined)
      throw new Error(`${rest.path} is not a qcow2 file; it was damaged or is not from here`);
    return { ...rest, sizeBytes };
  }

  async #statOverlay(name: string): Promise<(Omit<StoredObject, 'sizeBytes'> & { sizeBytes?: number }) | undefined> {
    const path = this.path(name, 'overlay');
    const found = await statIfThere(path);
    if (!found?.isFile()) return undefined;
    const start = await ifThere(readStartOf(path));
    if (!start) return undefined;
    const base = await statIfThere(this.path(name, 'base'));
    const allocatedBytes = (found.blocks + (base?.nlink === 1 ? base.blocks : 0)) * 512;
    const { mode, ino, nlink: links } = found;
    return { name, format: 'overlay', path, sizeBytes: overlaySizeBytes(start), allocatedBytes, mode, ino, links };
  }

  /** A damaged overlay is listed too, without a size: one bad file must not hide all others. */
  async #inspect(name: string): Promise<ListedObject | undefined> {
    const found = (await this.#findRaw(name)) ?? (await this.#statOverlay(name));
    return found ? { ...found, sizeBytes: found.sizeBytes ?? 0 } : this.#findRemains(name);
  }

  async #findRemains(name: string): Promise<ListedObject | undefined> {
    const partial = await statIfThere(this.path(name, 'partial'));
    if (partial) return { name, sizeBytes: partial.size, allocatedBytes: partial.blocks * 512 };
    // A base alone holds bytes that its source may count as well.
    const base = await statIfThere(this.path(name, 'base'));
    if (base) return { name, sizeBytes: 0, allocatedBytes: base.nlink === 1 ? base.blocks * 512 : 0 };
    const beside = await Promise.all(
      (['snapshots', 'connections'] as const).map((part) => statIfThere(this.path(name, part))),
    );
    return beside.some((found) => found?.isDirectory()) ? { name, sizeBytes: 0, allocatedBytes: 0 } : undefined;
  }
}

async function readStartOf(path: string): Promise<Uint8Array> {
  const handle = await open(path, 'r');
  try {
    return await readStart(handle);
  } finally {
    await handle.close();
  }
}

/** The first 32 bytes of a file, or what there is of them. */
export async function readStart(handle: FileHandle): Promise<Uint8Array> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(32), 0, 32, 0);
  return buffer.subarray(0, bytesRead);
}

export async function statIfThere(path: string) {
  return ifThere(stat(path));
}

/** Removes a directory that is empty; one that is not, or is not there, stays as it is. Says whether it is gone. */
export async function removeIfEmpty(path: string): Promise<boolean> {
  return rmdir(path).then(
    () => true,
    (error: unknown) => {
      if (isSystemError(error, 'ENOENT')) return true;
      if (isSystemError(error, 'ENOTEMPTY') || isSystemError(error, 'EEXIST')) return false;
      throw error;
    },
  );
}

export async function unlinkIfThere(path: string): Promise<void> {
  await ifThere(unlink(path));
}

/** What is asked of a file; undefined when the file is not there, or no longer. */
export async function ifThere<T>(work: Promise<T>): Promise<T | undefined> {
  return work.catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  });
}
