import { constants } from 'node:fs';
import { type FileHandle, link, lstat, open, opendir, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  type AdoptedObject,
  DriverError,
  type ManageableObject,
  type ManageCapable,
  type ObjectRef,
} from '@hearth/driver-api';
import { gibToBytes, gibToHold } from '@hearth/kernel';
import { driverErrorFrom } from './file.errors';
import type { FilePool } from './file.pool';
import { foreignFormat, headBytes, tailBytes } from './foreign-format';
import { requireUnconnected, requireUnlocked } from './in-use';
import { ifThere, removeIfEmpty, statIfThere, type StoredObject, writableBits } from './object-files';
import { objectOfFile } from './object-name';

const shownMax = 300;

/**
 * Takes over raw disks of the pool's directory, whatever they are called, and objects of ours that were let go. Image formats are refused:
 * what they would give a guest is not what the file's owner means, and their headers may name other files.
 */
export class FileManage implements ManageCapable {
  constructor(private readonly pool: FilePool) {}

  async *listManageable(poolName: string): AsyncIterable<ManageableObject> {
    const { pool } = this;
    pool.requirePool(poolName);
    try {
      await pool.directory.requireInPlace();
      for await (const entry of await opendir(pool.directory.path, { bufferSize: 1024 })) {
        if (!entry.isFile()) continue;
        // One that cannot be read hides no other: of it, `adopt` says what is wrong.
        const found = await this.#manageable(entry.name).catch(() => undefined);
        if (found) yield found;
      }
    } catch (error) {
      throw driverErrorFrom(error, { doing: `list what can be managed in ${pool.directory.path}` });
    }
  }

  async adopt(poolName: string, sourceName: string, target: ObjectRef): Promise<AdoptedObject> {
    const { pool } = this;
    pool.requirePool(poolName);
    return pool.doing('take over', target, async (name) => {
      requireSourceName(sourceName);
      await pool.directory.requireInPlace();
      const isOurs = objectOfFile(sourceName)?.part === 'raw';
      const source = isOurs ? await pool.files.find(sourceName) : await this.#rawFile(sourceName);
      const there = await pool.find(name);
      if (!source) return this.#adoptedBefore(sourceName, there);
      if (sourceName === name) return { sizeGib: gibToHold(source.sizeBytes) };
      if (there && (there.ino !== source.ino || source.format === 'raw')) {
        throw new DriverError('exists', `${name} is there already, and is not ${sourceName}`, { object: name });
      }
      if (isOurs) await this.#requireAlone(sourceName);
      await requireUnlocked(source, pool.environment.run);
      const sizeBytes = gibToBytes(gibToHold(source.sizeBytes));
      await pool.room.promised.holding(name, sizeBytes, () =>
        source.format === 'raw' ? this.#adoptRaw(source, name, sizeBytes) : this.#adoptOverlay(source, name),
      );
      pool.room.promised.forget(sourceName);
      return { sizeGib: gibToHold(source.sizeBytes) };
    });
  }

  async #manageable(fileName: string): Promise<ManageableObject | undefined> {
    const ours = objectOfFile(fileName);
    if (ours && ours.part !== 'raw' && ours.part !== 'overlay') return undefined;
    if (flawOfSource(ours?.name ?? fileName) !== undefined) return undefined;
    if (ours?.part === 'overlay') {
      if (await statIfThere(this.pool.files.path(ours.name, 'raw'))) return undefined;
      const found = await this.pool.files.find(ours.name);
      return found && { sourceName: ours.name, sizeGib: gibToHold(found.sizeBytes) };
    }
    const path = join(this.pool.directory.path, fileName);
    const handle = await ifThere(openPlainFile(path));
    try {
      if (!handle || (await flawOfFile(handle)) !== undefined) return undefined;
      return { sourceName: fileName, sizeGib: gibToHold((await handle.stat()).size) };
    } finally {
      await handle?.close();
    }
  }

  async #adoptedBefore(sourceName: string, there: StoredObject | undefined): Promise<AdoptedObject> {
    const { files, room } = this.pool;
    if (there) {
      if (objectOfFile(sourceName)) await files.discardRemains(sourceName);
      await files.entries.join();
      room.promised.set(there.name, there.sizeBytes);
      return { sizeGib: gibToHold(there.sizeBytes) };
    }
    throw new DriverError('not-found', `there is no ${sourceName} in ${this.pool.directory.path}`, {
      object: sourceName,
    });
  }

  /** A file with another's name, seen as an object. */
  async #rawFile(fileName: string): Promise<StoredObject | undefined> {
    const path = join(this.pool.directory.path, fileName);
    const entry = await ifThere(lstat(path));
    if (!entry) return undefined;
    if (!entry.isFile()) throw refused(fileName, 'it is not a regular file');
    const { size: sizeBytes, blocks, mode, ino, nlink: links } = entry;
    return { name: fileName, format: 'raw', path, sizeBytes, allocatedBytes: blocks * 512, mode, ino, links };
  }

  /** Throws when something of ours still hangs on the object. */
  async #requireAlone(name: string): Promise<void> {
    await requireUnconnected(name, this.pool.connections, 'take over');
    const [snapshot] = await this.pool.snapshotsIn(name);
    if (snapshot) throw refused(name, `it has snapshots, ${snapshot.name} for one`);
    for (const part of ['snapshots', 'connections'] as const) await removeIfEmpty(this.pool.files.path(name, part));
  }

  /** The rename is the one step that is seen; a file that is a little larger before it is no harm. */
  async #adoptRaw(source: StoredObject, name: string, sizeBytes: number): Promise<void> {
    const { files } = this.pool;
    const isProtected = (source.mode & writableBits) === 0;
    if (source.links > 1 && !isProtected)
      throw refused(source.name, 'it has other names (hard links), and could change by them');
    const handle = await openPlainFile(source.path);
    try {
      const flaw = await flawOfFile(handle);
      if (flaw !== undefined) throw refused(source.name, flaw);
      if (source.sizeBytes !== sizeBytes) await grow(source.path, sizeBytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (objectOfFile(source.name)?.part === 'raw') await files.discardRemains(source.name);
    await files.discardRemains(name);
    await rename(source.path, files.path(name, 'raw'));
    await files.entries.join();
  }

  /** The new names come first and the old ones go last; the two share their files meanwhile. */
  async #adoptOverlay(source: StoredObject, name: string): Promise<void> {
    const { files, environment } = this.pool;
    const target = files.path(name, 'overlay');
    if (!(await statIfThere(target))) {
      await files.discardRemains(name);
      await files.linkBase(name, files.path(source.name, 'base'));
      await link(source.path, target);
      await files.entries.join();
    }
    const base = basename(files.path(name, 'base'));
    await environment.run(['qemu-img', 'rebase', '-q', '-u', '-f', 'qcow2', '-F', 'raw', '-b', base, target]);
    const handle = await open(target, 'r');
    await handle.sync().finally(() => handle.close());
    await files.discard(source.name);
    await files.entries.join();
  }
}

/** Grows a file that nobody may write to as well: the superuser or its owner can. */
async function grow(path: string, sizeBytes: number): Promise<void> {
  const handle = await open(path, constants.O_RDWR | constants.O_NOFOLLOW);
  await handle.truncate(sizeBytes).finally(() => handle.close());
}

/** Never follows a link and never waits for the other end of a pipe. */
function openPlainFile(path: string): Promise<FileHandle> {
  return open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
}

/** Why a file cannot be a disk; undefined when it can. */
async function flawOfFile(handle: FileHandle): Promise<string | undefined> {
  const found = await handle.stat();
  if (!found.isFile()) return 'it is not a regular file';
  if (found.size === 0) return 'it is empty';
  const read = async (offset: number, length: number) => {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, Math.max(offset, 0));
    return buffer.subarray(0, bytesRead);
  };
  const format = foreignFormat(await read(0, headBytes), await read(found.size - tailBytes, tailBytes));
  return format && `it is in the format ${format}; convert it first: qemu-img convert -f ${format} -O raw`;
}

function requireSourceName(name: string): void {
  const flaw = flawOfSource(name);
  if (flaw !== undefined) throw refused(name, flaw);
  const part = objectOfFile(name)?.part;
  if (part !== undefined && part !== 'raw') throw refused(name, `it is a part of another object`);
}

function flawOfSource(name: string): string | undefined {
  if (name === '' || Buffer.byteLength(name) > 255) return 'it must have 1 to 255 bytes';
  if (name.startsWith('.')) return `it must not begin with '.'`;
  if (/[/\p{Cc}\uFFFD]/u.test(name)) return 'it must be the plain name of a file';
  return undefined;
}

function refused(name: string, why: string): DriverError {
  const quoted = JSON.stringify(name.slice(0, shownMax));
  return new DriverError('failed', `${quoted} cannot be taken over: ${why}`, { object: name.slice(0, shownMax) });
}
