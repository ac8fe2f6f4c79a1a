import type { EventsOf, ImageCacheEvent, ImageIdentity, VolumeEvent } from '@hearth/contracts';
import { type ImageCache, type Volume, imageCacheDecider, volumeDecider } from '@hearth/domain';
import { exampleRequest } from '@hearth/domain/testing';
import type { VolumeDriver } from '@hearth/driver-api';
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
import { type BackendConfig, backendSchema } from '../backends/backend.config';
import { blockDigest } from '../fill/disk/content-digest';
import type { Host, PeersOfHost } from '../host/host';
import { OneAtATime } from '../host/one-at-a-time';
import { ProgressReporter } from '../host/progress';
import { VolumeManager } from '../host/volume-manager';
import { findImage, placeImage } from '../upload/place-image';
import { withdrawImage } from '../upload/withdraw-image';
import type { PaceClock } from '../scrub/pacer';
import type { ScrubSettings } from '../scrub/scrub';
import type { AbleDriver } from './able-driver';
import { ImageShelf } from './image-shelf';
import { keptLog } from './kept-log';
import { MemoryBackend } from './memory.backend';
import { MemoryLivenessBoard } from './memory.liveness-board';
import { Mortal } from './mortal';
import { scriptedEncryption } from './scripted-encryption';
import { NudgePump } from './nudge-pump';
import { UploadShelf } from './upload-shelf';

export const testHost = 'store-01';
const weekMs = 7 * 24 * 60 * 60 * 1000;

export interface TestHouseOptions extends Partial<Timing> {
  readonly scrub?: Partial<ScrubSettings>;
  /** By name, each an enabled cache with an internal tenant unless told. */
  readonly backends?: Readonly<Record<string, Partial<BackendConfig>>>;
  /** Stands between the house and a backend: `(name, driver) → driver`. */
  readonly wrap?: (name: string, driver: AbleDriver) => VolumeDriver;
  /** Whether volumes are made of volumes that images are in. */
  readonly usesLocations?: boolean;
  /** Schemes that are allowed, where volumes are made from where images lie; `cinder` unless told. */
  readonly directUrlSchemes?: readonly string[];
  /** What verifies an image where it lies. */
  readonly verifyImageAt?: Host['verifyImageAt'];
  /** Whether the internal project's quota has room; it has no limit unless told. */
  readonly internalQuota?: Host['internalQuota'];
  /** Other hosts; none unless told. */
  readonly peers?: PeersOfHost;
  /** False: the host is configured without one. */
  readonly keyManager?: boolean;
  /** How many steps each process lives, one after the other; the last one lives for ever. */
  readonly lives?: readonly number[];
}

type Timing = {
  readonly reportIntervalMs: number;
  readonly choresIntervalMs: number;
  readonly answerTimeoutMs: number;
  readonly gate?: { readonly isOpen: boolean };
};

/** In a test nothing happens by itself: chores are asked for. */
const never: Timing = { reportIntervalMs: 2 ** 30, choresIntervalMs: 2 ** 30, answerTimeoutMs: 2_000 };

/** Makes blocks ready on the thread that asks. */
const threads: ScrubSettings['threads'] = {
  make: async ({ memory, offset, length }) => ({
    ...{ id: 0, runs: [], problem: undefined },
    digest: blockDigest(Buffer.from(memory, offset, length)),
  }),
};

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
  private name = testHost;
  private readonly lives: number[];
  private readonly configs: readonly BackendConfig[];
  private booting: Promise<void> | undefined;

  private readonly clock: PaceClock = {
    nowMs: () => this.nowMs,
    sleep: async (ms, signal) => {
      // Others have their turn, as they do while a real clock runs.
      await new Promise((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
      this.nowMs += ms;
    },
  };

  private constructor(private readonly options: TestHouseOptions) {
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
      this.manager = this.newManager(this.mortal);
      try {
        return await this.manager.start();
      } catch (error) {
        if (!this.mortal.isDead) throw error;
      }
    }
  }

  private newManager(mortal: Mortal): VolumeManager {
    const {
      wrap = (_, driver) => driver,
      backends: _backends,
      lives: _lives,
      scrub,
      peers,
      usesLocations,
      directUrlSchemes,
      verifyImageAt,
      internalQuota,
      keyManager = true,
      ...timing
    } = this.options;
    return new VolumeManager({
      host: {
        ...this.environment,
        name: this.name,
        incarnation: randomUUID(),
        store: mortal.store(this.store),
        writeImage: (task) => mortal.around(() => this.images.write(task)),
        uploadImage: mortal.uploader(this.uploads.send),
        findImage: (imageId, url, signal) =>
          mortal.around(() => findImage(imageId, url, { images: this.uploads, signal })),
        placeImage: (imageId, url, signal) =>
          mortal.around(() => placeImage(imageId, url, { images: this.uploads, signal, waitsMs: [0] })),
        withdrawImage: (imageId, signal) =>
          mortal.around(() => withdrawImage(imageId, { images: this.uploads, signal })),
        ...(usesLocations && {
          locationsOf: (imageId: string) => mortal.around(() => this.uploads.locations(imageId)),
        }),
        ...{ directUrlSchemes, verifyImageAt, internalQuota },
        // One image service: what it was given, and what was uploaded.
        showImage: (imageId) =>
          mortal.around(() => (this.uploads.records.has(imageId) ? this.uploads : this.images).show(imageId)),
        encryption: keyManager ? scriptedEncryption(this.keys, (work) => mortal.around(work)) : undefined,
        retryWaitsMs: [0, 0],
        peers,
        signaturesVerified: true,
        turns: new OneAtATime(),
        progress: new ProgressReporter({ board: this.progress, now: this.environment.now, log: this.log }),
        log: this.log,
      },
      version: '0.0.0',
      backends: this.configs,
      openDriver: async (name) => {
        const driver = mortal.driver(this.backend(name).open());
        return wrap(name, driver);
      },
      lanes: { fillsAtOnceMax: 2, fillsWaitingMax: 100, clonesAtOnceMax: 8 },
      snapshots: mortal.snapshots(this.snapshots),
      liveness: mortal.liveness(this.liveness),
      ...never,
      ...timing,
      scrub: { bytesPerSecond: 2 ** 40, intervalMs: weekMs, threads, clock: this.clock, ...scrub },
    });
  }
}

/** The driver's name tells the backends of a test apart. */
function configOf(name: string, patch: Partial<BackendConfig>): BackendConfig {
  return backendSchema.parse({
    name,
    driver: name,
    image_volume_cache_enabled: true,
    cinder_internal_tenant_project_id: 'internal',
    cinder_internal_tenant_user_id: 'hearth',
    ...patch,
  });
}
