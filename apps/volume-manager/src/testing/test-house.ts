import type { EventsOf, ImageCacheEvent, ImageIdentity, VolumeEvent } from '@hearth/contracts';
import { type ImageCache, type Volume, imageCacheDecider, volumeDecider } from '@hearth/domain';
import { exampleRequest } from '@hearth/domain/testing';
import {
  InMemoryEventStore,
  InMemoryProgressBoard,
  InMemorySnapshotStore,
  readState,
  runCommand,
} from '@hearth/event-sourcing';
import { type PoolRef, type UserId, type VolumeId, poolRef } from '@hearth/kernel';
import { MemoryKeyStore } from '@hearth/openstack-clients/testing';
import { randomUUID } from 'node:crypto';
import type { BackendConfig } from '../backends/backend.config';
import type { VolumeManager } from '../host/volume-manager';
import type { PaceClock } from '../scrub/pacer';
import { ImageShelf } from './image-shelf';
import { keptLog } from './kept-log';
import { MemoryBackend } from './memory.backend';
import { MemoryLivenessBoard } from './memory.liveness-board';
import { Mortal } from './mortal';
import { NudgePump } from './nudge-pump';
import { configOf, type TestHouseOptions } from './test-house.options';
import { managerIn } from './test-manager';
import { UploadShelf } from './upload-shelf';

export const testHost = 'store-01';

/** One host as it runs, with a log, an image service and backends in memory around it. */
export class TestHouse {
  readonly store = new InMemoryEventStore();
  readonly snapshots = new InMemorySnapshotStore();
  readonly liveness = new MemoryLivenessBoard();
  readonly progress = new InMemoryProgressBoard();
  readonly images = new ImageShelf();
  readonly uploads = new UploadShelf();
  /** The key manager. */
  readonly keys = new MemoryKeyStore();
  readonly log = keptLog();
  readonly backends = new Map<string, MemoryBackend>();
  /** The wall clock: it moves when a test moves it, and while a scrub sleeps. */
  nowMs = 1e12;
  readonly environment = { store: this.store, now: () => new Date(this.nowMs).toISOString(), newId: randomUUID };
  readonly pump: NudgePump;
  manager!: VolumeManager;
  mortal!: Mortal;
  /** Processes that have died. */
  deaths = 0;
  name = testHost;
  private readonly lives: number[];
  readonly configs: readonly BackendConfig[];
  private booting: Promise<void> | undefined;

  readonly clock: PaceClock = {
    nowMs: () => this.nowMs,
    sleep: async (ms, signal) => {
      // Others have their turn, as they do while a real clock runs.
      await new Promise((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
      this.nowMs += ms;
    },
  };

  private constructor(readonly options: TestHouseOptions) {
    const { backends = { fast: {} }, lives = [] } = options;
    this.lives = [...lives];
    this.configs = Object.entries(backends).map(([name, patch]) => configOf(name, patch));
    for (const { name } of this.configs) this.backends.set(name, new MemoryBackend());
    this.pump = new NudgePump(
      this.environment,
      (target) => this.reactAndRise(target),
      () => this.pools,
    );
  }

  static async open(options: TestHouseOptions = {}): Promise<TestHouse> {
    const house = new TestHouse(options);
    await house.boot();
    return house;
  }

  get pools(): readonly PoolRef[] {
    return this.configs.map(({ name }) => poolRef({ host: this.name, backend: name, pool: 'here' }));
  }

  backend(name = 'fast'): MemoryBackend {
    return this.backends.get(name)!;
  }

  /** A new process on the same log and backends; again when it dies while it starts. */
  boot(): Promise<void> {
    return (this.booting ??= this.rise().finally(() => (this.booting = undefined)));
  }

  /** A new process on the same log and backends that goes by another host name. */
  rename(name: string): Promise<void> {
    this.name = name;
    return this.boot();
  }

  async close(): Promise<void> {
    await this.manager.close();
  }

  async request(image: ImageIdentity | null, sizeGib = 2, id = randomUUID() as VolumeId): Promise<VolumeId> {
    const request = { ...exampleRequest, volumeId: id, image, sizeGib };
    await runCommand(
      this.environment,
      volumeDecider,
      { category: 'volume', id },
      { do: 'RequestVolume', request },
      { correlationId: `req-${id}` },
    );
    return id;
  }

  /** Asks for a volume and waits until all has come to rest. */
  async create(image: ImageIdentity | null, sizeGib = 2): Promise<Volume> {
    const id = await this.request(image, sizeGib);
    await this.pump.settle();
    return this.volume(id);
  }

  async requestDeletion(id: VolumeId): Promise<void> {
    const stream = { category: 'volume', id } as const;
    await runCommand(this.environment, volumeDecider, stream, { do: 'DeleteVolume', userId: 'alice' as UserId });
  }

  async volume(id: VolumeId): Promise<Volume> {
    return (await readState(this.store, volumeDecider, { category: 'volume', id })).state;
  }

  volumeEvents(id: VolumeId): Promise<VolumeEvent[]> {
    return this.eventsOf('volume', id);
  }

  cacheEvents(pool = this.pools[0]!): Promise<ImageCacheEvent[]> {
    return this.eventsOf('image-cache', pool);
  }

  async cacheCounts(pool = this.pools[0]!): Promise<Partial<Record<ImageCacheEvent['type'], number>>> {
    const counts: Partial<Record<ImageCacheEvent['type'], number>> = {};
    for (const { type } of await this.cacheEvents(pool)) counts[type] = (counts[type] ?? 0) + 1;
    return counts;
  }

  async cache(pool = this.pools[0]!): Promise<ImageCache> {
    return (await readState(this.store, imageCacheDecider, { category: 'image-cache', id: pool })).state;
  }

  /** What a guest reads at the start of a volume. */
  bytesOf(id: VolumeId, length: number, backend = 'fast'): Buffer {
    return this.backend(backend).read(`volume-${id}`, 0, length);
  }

  private async eventsOf<C extends 'volume' | 'image-cache'>(category: C, id: string): Promise<EventsOf[C][]> {
    const events: EventsOf[C][] = [];
    for await (const commit of this.store.read({ category, id })) events.push(...commit.events);
    return events;
  }

  private async reactAndRise(target: Parameters<VolumeManager['react']>[0]): Promise<void> {
    await this.booting;
    const { manager, mortal } = this;
    try {
      await manager.react(target, mortal.signal);
    } catch (error) {
      if (mortal.isDead && this.mortal === mortal) await this.boot();
      throw error;
    }
  }

  private async rise(): Promise<void> {
    for (;;) {
      if (this.manager) await this.manager.close();
      if (this.mortal?.isDead) this.deaths += 1;
      this.mortal = new Mortal(this.lives.shift());
      this.manager = managerIn(this, this.mortal);
      try {
        return await this.manager.start();
      } catch (error) {
        if (!this.mortal.isDead) throw error;
      }
    }
  }
}
