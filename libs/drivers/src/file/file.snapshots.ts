import { link, mkdir } from 'node:fs/promises';
import {
  type BackendSnapshot,
  type CloneMethod,
  DriverError,
  type ObjectRef,
  type SnapshotCapable,
  type SnapshotRef,
} from '@hearth/driver-api';
import { gibToHold } from '@hearth/kernel';
import { type CloneSource, planClone } from './clone-choice';
import { cloneInto } from './clone-into';
import { type FilePool, promiseOf } from './file.pool';
import { isSystemError } from './file.errors';
import { requireNoWriter, requireUnconnected, requireUnlocked } from './in-use';
import { type ObjectFiles, removeIfEmpty, statIfThere, type StoredObject } from './object-files';
import { requireObjectName } from './object-name';

/**
 * Snapshots of a file pool: files in a directory beside their object.
 *
 * - where extents are shared: a clone of the object's file, also while it is written to; the file system makes it at one moment
 * - where there are overlays: a second name of a raw object's file, which nobody may write to from then on: the object turns into an
 *   overlay when somebody wants to write to it (`thaw`). Of an object that is an overlay: a copy of what it has written, over the same
 *   base. Every object and every snapshot stands on one raw file at most
 * - else: a sparse copy
 */
export class FileSnapshots implements SnapshotCapable {
  constructor(private readonly pool: FilePool) {}

  async createSnapshot(snapshot: SnapshotRef): Promise<void> {
    await this.#doing('take a snapshot of', snapshot, async (name, snapshotName) => {
      const { pool } = this;
      const object = await pool.require(name);
      const files = pool.snapshotsOf(name);
      if (!(await files.find(snapshotName))) {
        const isAtOneMoment = pool.method === 'reflink' && object.format === 'raw';
        if (!isAtOneMoment) {
          await requireNoWriter(name, pool.connections, 'take a snapshot of');
          await requireUnlocked(object, pool.environment.run);
        }
        await makeDirectory(files.directory);
        await pool.room.promised.holding(promiseOf(name, snapshotName), object.sizeBytes, () =>
          this.#take(object, files, snapshotName).catch(async (error: unknown) => {
            await removeIfEmpty(files.directory).catch(() => undefined);
            throw error;
          }),
        );
      }
      await files.entries.join();
      await pool.files.entries.join();
    });
  }

  async removeSnapshot(snapshot: SnapshotRef): Promise<void> {
    await this.#doing('remove a snapshot of', snapshot, async (name, snapshotName) => {
      const { pool } = this;
      await pool.directory.requireInPlace();
      const files = pool.snapshotsOf(name);
      await files.discard(snapshotName);
      if (!(await removeIfEmpty(files.directory))) await files.entries.join();
      await pool.files.entries.join();
      pool.room.promised.forget(promiseOf(name, snapshotName));
    });
  }

  async revertToSnapshot(snapshot: SnapshotRef): Promise<void> {
    await this.#doing('revert', snapshot, async (name, snapshotName) => {
      const { pool } = this;
      const object = await pool.require(name);
      const source = await this.#require(name, snapshotName);
      await requireUnconnected(name, pool.connections, 'revert');
      if (object.ino === source.object.ino && object.format === source.object.format) return;
      await requireUnlocked(object, pool.environment.run);
      await this.#replace(object, source);
    });
  }

  async cloneSnapshot(snapshot: SnapshotRef, target: ObjectRef, sizeGib: number): Promise<CloneMethod> {
    this.pool.requirePool(snapshot.object.pool);
    const objectName = requireObjectName(snapshot.object.name);
    const snapshotName = requireObjectName(snapshot.name, 'snapshot');
    return this.pool.doing('clone to', target, (name) =>
      cloneInto(this.pool, { target: name, sizeGib, find: () => this.#require(objectName, snapshotName) }),
    );
  }

  async describeSnapshot(snapshot: SnapshotRef): Promise<BackendSnapshot | undefined> {
    return this.#doing('look at a snapshot of', snapshot, async (name, snapshotName) => {
      const found = await this.pool.snapshotsOf(name).find(snapshotName);
      if (!found) await this.pool.directory.requireInPlace();
      return found && { sizeGib: gibToHold(found.sizeBytes) };
    });
  }

  /** Throws `has-dependants` when the object has a whole snapshot; clears up what interrupted ones have left. */
  async requireNone(name: string): Promise<void> {
    const files = this.pool.snapshotsOf(name);
    for (const snapshot of await this.pool.snapshotsIn(name)) {
      if (await files.find(snapshot.name)) {
        const message = `${name} has snapshots, ${snapshot.name} for one; remove them first`;
        throw new DriverError('has-dependants', message, { object: name });
      }
      await files.discard(snapshot.name);
    }
    if (await removeIfEmpty(files.directory)) return;
    throw new Error(`${files.directory} holds files that are not Hearth's; move them away`);
  }

  async #take(object: StoredObject, files: ObjectFiles, snapshotName: string): Promise<void> {
    const { pool } = this;
    const { run } = pool.environment;
    const plan = planClone({ object, files: pool.files }, pool.method);
    if (plan.method === 'copy') await pool.room.requireRoomToCopy(object, object.name);
    await pool.clearingUp(
      snapshotName,
      async () => {
        await files.discardRemains(snapshotName);
        if (plan.base === object.path) {
          await pool.files.protect(object.path);
          await link(object.path, files.path(snapshotName, 'raw'));
        } else await plan.run({ files, run, target: snapshotName, sizeBytes: object.sizeBytes });
      },
      files,
    );
  }

  /** Gives an object the bytes of a snapshot and leaves it its size. Until the last step, the object is what it was. */
  async #replace(object: StoredObject, source: CloneSource): Promise<void> {
    const { pool } = this;
    let plan = planClone(source, pool.method);
    // An object's overlay and its base cannot be exchanged in one step: on another base than it has, it becomes a file of its own.
    if (plan.base !== undefined && object.format === 'overlay' && !(await standsOn(pool.files, object, plan.base))) {
      plan = planClone(source, pool.method, { whole: true });
    }
    if (plan.method === 'copy') await pool.room.requireRoomToCopy(source.object, object.name);
    const sizeBytes = Math.max(object.sizeBytes, source.object.sizeBytes);
    await pool.clearingUp(object.name, async () => {
      await plan.run({ files: pool.files, run: pool.environment.run, target: object.name, sizeBytes });
      await pool.files.settle(object.name, plan.format);
    });
  }

  async #require(name: string, snapshotName: string): Promise<CloneSource> {
    const files = this.pool.snapshotsOf(name);
    const object = await files.find(snapshotName);
    if (object) return { object, files };
    await this.pool.directory.requireInPlace();
    throw new DriverError('not-found', `there is no ${snapshotName} of ${name}`, { object: name });
  }

  async #doing<T>(
    what: string,
    { object, name }: SnapshotRef,
    work: (name: string, snapshotName: string) => Promise<T>,
  ): Promise<T> {
    const snapshotName = requireObjectName(name, 'snapshot');
    return this.pool.doing(what, object, (objectName) => work(objectName, snapshotName));
  }
}

async function standsOn(files: ObjectFiles, object: StoredObject, rawPath: string): Promise<boolean> {
  const [own, other] = await Promise.all([statIfThere(files.path(object.name, 'base')), statIfThere(rawPath)]);
  return own !== undefined && own.ino === other?.ino;
}

async function makeDirectory(path: string): Promise<void> {
  await mkdir(path, { mode: 0o770 }).catch((error: unknown) => {
    if (!isSystemError(error, 'EEXIST')) throw error;
  });
}
