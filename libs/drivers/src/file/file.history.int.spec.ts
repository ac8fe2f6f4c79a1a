// Whatever is done to volumes and snapshots, in whatever order: a model that knows only bytes says what they hold.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  canClone,
  canConnect,
  canManage,
  canSnapshot,
  type CloneCapable,
  type ConnectCapable,
  type ManageCapable,
  type ObjectRef,
  type SnapshotCapable,
  type VolumeDriver,
} from '@hearth/driver-api';
import { temporaryDirectory } from '@hearth/testing';
import fc from 'fast-check';
import { openDriver } from '../registry';
import { programRunner } from '../run-program';
import { fileGuest } from '../testing/file-guest';
import { readFileObject } from '../testing/read-file-object';

jest.setTimeout(240_000);

type Driver = VolumeDriver & CloneCapable & SnapshotCapable & ManageCapable & ConnectCapable;

const run = programRunner();
const environment = { run, log: { info: () => undefined, warn: () => undefined } };
const blockBytes = 64 * 1024;
/** Where is written: neighbours, one in the middle, and one in each GiB that may be added. */
const offsets = [0, blockBytes, 2 ** 29, 2 ** 30 + blockBytes, 2 ** 31 + blockBytes];
const volumesMax = 6;

interface Disk {
  readonly sizeGib: number;
  /** The value of each block, by its place in `offsets`. */
  readonly blocks: readonly number[];
}
interface Volume extends Disk {
  readonly snapshots: Map<string, Disk>;
}

const doings = [
  'write',
  'snapshot',
  'revert',
  'unsnap',
  'clone',
  'branch',
  'extend',
  'remove',
  'rename',
  'restart',
] as const;
const anyStep = fc.record({
  doing: fc.constantFrom(...doings, 'write', 'snapshot', 'revert'),
  volume: fc.nat(),
  snapshot: fc.nat(),
  block: fc.nat({ max: offsets.length - 1 }),
  value: fc.integer({ min: 1, max: 255 }),
  /** Every call may come again. */
  isRepeated: fc.boolean(),
});
type Step = typeof anyStep extends fc.Arbitrary<infer T> ? T : never;

/** The driver and the model, side by side. */
class History {
  readonly volumes = new Map<string, Volume>();
  #made = 0;

  constructor(
    readonly directory: string,
    readonly cloneMethod: string,
    private driver: Driver,
  ) {}

  static async begin(directory: string, cloneMethod: string): Promise<History> {
    return new History(directory, cloneMethod, await openFile(directory, cloneMethod));
  }

  async take(step: Step): Promise<void> {
    const [name, volume] = nth(this.volumes, step.volume) ?? [];
    if (name === undefined || volume === undefined) return this.#create();
    const times = step.isRepeated ? [1, 2] : [1];
    for (const _ of times) await this.#carryOut(step, name, volume);
  }

  async expectAllKept(): Promise<void> {
    for (const [name, volume] of this.volumes) {
      expect(await this.driver.describe(ref(name))).toMatchObject({ name, sizeGib: volume.sizeGib });
      expect(await this.#read(name, volume.sizeGib)).toEqual(volume.blocks.slice(0, blocksIn(volume.sizeGib)));
    }
    for (const [name, volume] of this.volumes) {
      for (const [snapshotName, disk] of volume.snapshots) {
        const snapshot = { object: ref(name), name: snapshotName };
        expect(await this.driver.describeSnapshot(snapshot)).toEqual({ sizeGib: disk.sizeGib });
        const copy = `volume-copy-of-${snapshotName}`;
        await this.driver.cloneSnapshot(snapshot, ref(copy), disk.sizeGib);
        expect(await this.#read(copy, disk.sizeGib)).toEqual(disk.blocks.slice(0, blocksIn(disk.sizeGib)));
        await this.driver.remove(ref(copy));
      }
    }
    await this.#expectNoChains();
  }

  async end(): Promise<void> {
    for (const [name, { snapshots }] of this.volumes) {
      for (const snapshotName of snapshots.keys()) {
        await this.driver.removeSnapshot({ object: ref(name), name: snapshotName });
      }
      await this.driver.remove(ref(name));
    }
    await this.driver.close();
    expect(await readdir(this.directory)).toEqual([]);
  }

  async #create(): Promise<void> {
    const name = this.#newName();
    await this.driver.createBlank(ref(name), 1);
    this.volumes.set(name, { sizeGib: 1, blocks: offsets.map(() => 0), snapshots: new Map() });
  }

  async #carryOut(step: Step, name: string, volume: Volume): Promise<void> {
    const object = ref(name);
    const [snapshotName, disk] = nth(volume.snapshots, step.snapshot) ?? [];
    const snapshot = { object, name: snapshotName ?? 'snapshot-none' };
    switch (step.doing) {
      case 'write':
        return this.#write(name, step.block, step.value);
      case 'snapshot': {
        const made = `snapshot-${name.slice(7)}-${step.value}`;
        await this.driver.createSnapshot({ object, name: made });
        const { sizeGib, blocks } = this.volumes.get(name)!;
        if (!volume.snapshots.has(made)) volume.snapshots.set(made, { sizeGib, blocks });
        return;
      }
      case 'revert': {
        if (!disk) return;
        await this.driver.revertToSnapshot(snapshot);
        const blocks = disk.blocks.map((value, i) => (i < blocksIn(disk.sizeGib) ? value : 0));
        this.volumes.set(name, { ...this.volumes.get(name)!, blocks });
        return;
      }
      case 'unsnap':
        await this.driver.removeSnapshot(snapshot);
        volume.snapshots.delete(snapshot.name);
        return;
      case 'clone':
      case 'branch': {
        const source = step.doing === 'clone' ? this.volumes.get(name) : disk;
        if (!source || this.volumes.size >= volumesMax) return;
        const target = this.#newName();
        const sizeGib = Math.min(3, source.sizeGib + (step.value % 2));
        if (step.doing === 'clone') await this.driver.clone(object, ref(target), sizeGib);
        else await this.driver.cloneSnapshot(snapshot, ref(target), sizeGib);
        const blocks = source.blocks.map((value, i) => (i < blocksIn(source.sizeGib) ? value : 0));
        this.volumes.set(target, { sizeGib, blocks, snapshots: new Map() });
        return;
      }
      case 'extend': {
        const sizeGib = Math.min(3, volume.sizeGib + 1);
        await this.driver.extend(object, sizeGib);
        this.volumes.set(name, { ...this.volumes.get(name)!, sizeGib });
        return;
      }
      case 'remove':
        if (volume.snapshots.size > 0) {
          await expect(this.driver.remove(object)).rejects.toMatchObject({ code: 'has-dependants' });
          return;
        }
        await this.driver.remove(object);
        this.volumes.delete(name);
        return;
      case 'rename':
        return this.#rename(name);
      case 'restart':
        await this.driver.close();
        this.driver = await openFile(this.directory, this.cloneMethod);
    }
  }

  async #rename(name: string): Promise<void> {
    const volume = this.volumes.get(name);
    if (!volume || volume.snapshots.size > 0) return;
    const target = this.#newName();
    expect(await this.driver.adopt('default', name, ref(target))).toEqual({ sizeGib: volume.sizeGib });
    this.volumes.delete(name);
    this.volumes.set(target, volume);
  }

  async #write(name: string, block: number, value: number): Promise<void> {
    const volume = this.volumes.get(name);
    if (!volume || block >= blocksIn(volume.sizeGib)) return;
    const info = await this.driver.connect(ref(name), 'guest', {}, { readOnly: false });
    await fileGuest(run).write(info, offsets[block]!, Buffer.alloc(blockBytes, value));
    await this.driver.disconnect(ref(name), 'guest');
    this.volumes.set(name, { ...volume, blocks: volume.blocks.with(block, value) });
  }

  async #read(name: string, sizeGib: number): Promise<number[]> {
    const found: number[] = [];
    for (const offset of offsets.slice(0, blocksIn(sizeGib))) {
      const bytes = Buffer.from(await readFileObject(this.directory, name, offset, blockBytes, run));
      found.push(bytes.equals(Buffer.alloc(blockBytes, bytes[0])) && bytes[0] !== undefined ? bytes[0] : -1);
    }
    return found;
  }

  /** Every overlay is sound, and stands on a raw file by its own name. */
  async #expectNoChains(): Promise<void> {
    for (const file of await readdir(this.directory, { recursive: true })) {
      if (!file.endsWith('.qcow2')) continue;
      const path = join(this.directory, file);
      await run(['qemu-img', 'check', '-q', '-f', 'qcow2', path]);
      const { stdout } = await run(['qemu-img', 'info', '--output=json', '-f', 'qcow2', path]);
      const base = `${file.split('/').at(-1)!.slice(0, -'.qcow2'.length)}.base`;
      expect(JSON.parse(stdout)).toMatchObject({ 'backing-filename': base, 'backing-filename-format': 'raw' });
    }
  }

  #newName(): string {
    return `volume-${++this.#made}`;
  }
}

test.each(['overlay', 'copy'])(
  'with cloneMethod %s, volumes and snapshots hold what they should',
  async (cloneMethod) => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { minLength: 8, maxLength: 24 }), async (steps) => {
        const home = await temporaryDirectory('hearth-history-');
        try {
          const history = await History.begin(home.path, cloneMethod);
          for (const each of steps) await history.take(each);
          await history.expectAllKept();
          await history.end();
        } finally {
          await home.remove();
        }
      }),
      { numRuns: 12, endOnFailure: true },
    );
  },
);

function ref(name: string): ObjectRef {
  return { pool: 'default', name };
}

function blocksIn(sizeGib: number): number {
  return offsets.filter((offset) => offset < sizeGib * 2 ** 30).length;
}

function nth<T>(map: ReadonlyMap<string, T>, index: number): [string, T] | undefined {
  return [...map][index % Math.max(map.size, 1)];
}

async function openFile(directory: string, cloneMethod: string): Promise<Driver> {
  const driver = await openDriver('file', { directory, cloneMethod }, environment);
  if (!canClone(driver) || !canSnapshot(driver) || !canManage(driver) || !canConnect(driver)) {
    throw new Error('the file driver does all that');
  }
  return driver;
}
