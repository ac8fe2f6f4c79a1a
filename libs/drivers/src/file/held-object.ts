import { type FileHandle, open } from 'node:fs/promises';
import { DriverError } from '@hearth/driver-api';
import type { HeldFiles } from './block-map';
import { DirectFile } from './direct-io';
import { ifThere, type ObjectFiles, readStart, statIfThere, type StoredObject } from './object-files';
import { overlaySizeBytes } from './overlay-header';
import { readWhole } from './whole-io';

/** The files of a whole object, open for reading: they stay what they are when the object is removed or replaced. */
export class HeldObject {
  readonly #direct: readonly DirectFile[];

  private constructor(
    readonly name: string,
    private readonly own: FileHandle,
    private readonly base: FileHandle | undefined,
    /** The size a guest sees. */
    readonly sizeBytes: number,
  ) {
    this.#direct = [own, ...(base ? [base] : [])].map((file) => new DirectFile(file, 'read'));
  }

  /** Throws `not-found` when the object went away since it was found. */
  static async open(files: ObjectFiles, { name, format, path }: StoredObject): Promise<HeldObject> {
    const own = await ifThere(open(path, 'r'));
    if (!own) throw gone(name);
    let base: FileHandle | undefined;
    try {
      if (format === 'raw') return new HeldObject(name, own, undefined, (await own.stat()).size);
      base = await ifThere(open(files.path(name, 'base'), 'r'));
      // An overlay that is still there had its base all the time; another one has a base of its own.
      const [held, there] = await Promise.all([own.stat(), statIfThere(path)]);
      if (there?.ino !== held.ino || there.dev !== held.dev) throw gone(name);
      const sizeBytes = overlaySizeBytes(await readStart(own));
      if (!base || sizeBytes === undefined) throw new Error(`${path} is damaged: ${base ? 'no header' : 'no base'}`);
      return new HeldObject(name, own, base, sizeBytes);
    } catch (error) {
      await base?.close();
      await own.close();
      throw error;
    }
  }

  get files(): HeldFiles {
    const own = this.own.fd;
    return this.base ? { format: 'overlay', own, base: this.base.fd } : { format: 'raw', own };
  }

  /** Fills the target from the object's own file (depth 0) or its base (depth 1). */
  async read(depth: 0 | 1, offset: number, target: Uint8Array): Promise<void> {
    const handle = depth === 0 ? this.own : this.base;
    if (!handle) throw new Error(`${this.name} has no base`);
    if (!(await this.#direct[depth]?.read(target, offset))) await readWhole(handle, target, offset);
  }

  async close(): Promise<void> {
    await Promise.all(this.#direct.map((file) => file.close()));
    await Promise.all([this.own.close(), this.base?.close()]);
  }
}

function gone(name: string): DriverError {
  return new DriverError('not-found', `${name} was removed or replaced just now`, { object: name });
}
