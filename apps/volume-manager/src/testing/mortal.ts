import type { ObjectReader, ObjectWriter } from '@hearth/driver-api';
import type { EventStore, LivenessBoard, SnapshotStore } from '@hearth/event-sourcing';
import type { ImageUploader } from '../host/host';
import type { AbleDriver } from './able-driver';

/** What a process that was killed gets from everything it touches; it never does anything again. */
export class KilledError extends Error {
  constructor() {
    super('this process is dead');
    this.name = 'KilledError';
  }
}

/**
 * A process that dies at its n-th step. Every call of a port is two steps, before and after: what was asked for is not done, or
 * done and never learnt of.
 */
export class Mortal {
  private taken = 0;
  private dead = false;
  private readonly ending = new AbortController();

  constructor(private readonly stepsMax = Number.POSITIVE_INFINITY) {}

  get isDead(): boolean {
    return this.dead;
  }

  get steps(): number {
    return this.taken;
  }

  get signal(): AbortSignal {
    return this.ending.signal;
  }

  step(): void {
    this.taken += 1;
    if (this.taken > this.stepsMax) this.dead = true;
    if (!this.dead) return;
    this.ending.abort();
    throw new KilledError();
  }

  async around<Result>(work: () => Promise<Result>): Promise<Result> {
    this.step();
    const result = await work();
    this.step();
    return result;
  }

  store(store: EventStore): EventStore {
    return {
      append: (...append) => this.around(() => store.append(...append)),
      read: (...read) => this.iterate(store.read(...read)),
      follow: (options) => this.iterate(store.follow(options)),
      lastSequence: () => this.around(() => store.lastSequence()),
    };
  }

  snapshots(store: SnapshotStore): SnapshotStore {
    return {
      load: (key) => this.around(() => store.load(key)),
      save: (key, snapshot) => this.around(() => store.save(key, snapshot)),
    };
  }

  liveness(board: LivenessBoard): LivenessBoard {
    return {
      report: (report) => this.around(() => board.report(report)),
      hosts: () => this.around(() => board.hosts()),
      watch: (signal) => this.iterate(board.watch(signal)),
      withdraw: (host) => this.around(() => board.withdraw(host)),
    };
  }

  driver(driver: AbleDriver): AbleDriver {
    return {
      capabilities: driver.capabilities,
      capacity: () => this.around(() => driver.capacity()),
      createBlank: (...args) => this.around(() => driver.createBlank(...args)),
      remove: (...args) => this.around(() => driver.remove(...args)),
      extend: (...args) => this.around(() => driver.extend(...args)),
      describe: (...args) => this.around(() => driver.describe(...args)),
      list: (pool) => this.iterate(driver.list(pool)),
      openWriter: async (...args) => this.writer(await this.around(() => driver.openWriter(...args))),
      openReader: async (...args) => this.reader(await this.around(() => driver.openReader(...args))),
      clone: (...args) => this.around(() => driver.clone(...args)),
      createSnapshot: (...args) => this.around(() => driver.createSnapshot(...args)),
      removeSnapshot: (...args) => this.around(() => driver.removeSnapshot(...args)),
      revertToSnapshot: (...args) => this.around(() => driver.revertToSnapshot(...args)),
      cloneSnapshot: (...args) => this.around(() => driver.cloneSnapshot(...args)),
      describeSnapshot: (...args) => this.around(() => driver.describeSnapshot(...args)),
      listManageable: (pool) => this.iterate(driver.listManageable(pool)),
      adopt: (...args) => this.around(() => driver.adopt(...args)),
      connect: (...args) => this.around(() => driver.connect(...args)),
      disconnect: (...args) => this.around(() => driver.disconnect(...args)),
      close: () => driver.close(),
    };
  }

  uploader(upload: ImageUploader): ImageUploader {
    return (order) => this.around(() => upload(order));
  }

  private writer(writer: ObjectWriter): ObjectWriter {
    return {
      write: (...args) => this.around(() => writer.write(...args)),
      read: (...args) => this.around(() => writer.read(...args)),
      finish: () => this.around(() => writer.finish()),
      abort: () => this.around(() => writer.abort()),
      ...(writer.takeFile && { takeFile: (path: string) => this.around(async () => writer.takeFile!(path)) }),
    };
  }

  private reader(reader: ObjectReader): ObjectReader {
    return {
      sizeBytes: reader.sizeBytes,
      extents: () => this.iterate(reader.extents()),
      read: (...args) => this.around(() => reader.read(...args)),
      close: () => reader.close(),
    };
  }

  private async *iterate<Item>(items: AsyncIterable<Item>): AsyncIterable<Item> {
    this.step();
    for await (const item of items) {
      this.step();
      yield item;
    }
  }
}
