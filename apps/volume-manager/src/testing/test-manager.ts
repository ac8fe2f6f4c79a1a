import type { EventStore, InMemoryProgressBoard, InMemorySnapshotStore } from '@hearth/event-sourcing';
import type { MemoryKeyStore } from '@hearth/openstack-clients/testing';
import { randomUUID } from 'node:crypto';
import type { BackendConfig } from '../backends/backend.config';
import { blockDigest } from '../fill/disk/content-digest';
import { OneAtATime } from '../host/one-at-a-time';
import { ProgressReporter } from '../host/progress';
import { VolumeManager } from '../host/volume-manager';
import type { PaceClock } from '../scrub/pacer';
import type { ScrubSettings } from '../scrub/scrub';
import { findImage, placeImage } from '../upload/place-image';
import { withdrawImage } from '../upload/withdraw-image';
import type { ImageShelf } from './image-shelf';
import type { keptLog } from './kept-log';
import type { MemoryBackend } from './memory.backend';
import type { MemoryLivenessBoard } from './memory.liveness-board';
import type { Mortal } from './mortal';
import { scriptedEncryption } from './scripted-encryption';
import type { TestHouseOptions, Timing } from './test-house.options';
import type { UploadShelf } from './upload-shelf';

const weekMs = 7 * 24 * 60 * 60 * 1000;

/** In a test nothing happens by itself: chores are asked for. */
const never: Timing = { reportIntervalMs: 2 ** 30, choresIntervalMs: 2 ** 30, answerTimeoutMs: 2_000 };

/** Makes blocks ready on the thread that asks. */
const threads: ScrubSettings['threads'] = {
  make: async ({ memory, offset, length }) => ({
    ...{ id: 0, runs: [], problem: undefined },
    digest: blockDigest(Buffer.from(memory, offset, length)),
  }),
};

/** What is around the processes of a host, and outlives them. */
export interface Surroundings {
  /** Of the host. */
  readonly name: string;
  readonly environment: { readonly store: EventStore; now(): string; newId(): string };
  readonly store: EventStore;
  readonly snapshots: InMemorySnapshotStore;
  readonly liveness: MemoryLivenessBoard;
  readonly progress: InMemoryProgressBoard;
  readonly images: ImageShelf;
  readonly uploads: UploadShelf;
  readonly keys: MemoryKeyStore;
  readonly log: ReturnType<typeof keptLog>;
  readonly configs: readonly BackendConfig[];
  readonly backends: ReadonlyMap<string, MemoryBackend>;
  readonly clock: PaceClock;
  readonly options: TestHouseOptions;
}

/** A process of the host, not started yet; all that it does ends when `mortal` dies. */
export function managerIn(house: Surroundings, mortal: Mortal): VolumeManager {
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
  } = house.options;
  return new VolumeManager({
    host: {
      ...house.environment,
      name: house.name,
      incarnation: randomUUID(),
      store: mortal.store(house.store),
      writeImage: (task) => mortal.around(() => house.images.write(task)),
      uploadImage: mortal.uploader(house.uploads.send),
      findImage: (imageId, url, signal) =>
        mortal.around(() => findImage(imageId, url, { images: house.uploads, signal })),
      placeImage: (imageId, url, signal) =>
        mortal.around(() => placeImage(imageId, url, { images: house.uploads, signal, waitsMs: [0] })),
      withdrawImage: (imageId, signal) =>
        mortal.around(() => withdrawImage(imageId, { images: house.uploads, signal })),
      ...(usesLocations && {
        locationsOf: (imageId: string) => mortal.around(() => house.uploads.locations(imageId)),
      }),
      ...{ directUrlSchemes, verifyImageAt, internalQuota },
      // One image service: what it was given, and what was uploaded.
      showImage: (imageId) =>
        mortal.around(() => (house.uploads.records.has(imageId) ? house.uploads : house.images).show(imageId)),
      encryption: keyManager ? scriptedEncryption(house.keys, (work) => mortal.around(work)) : undefined,
      retryWaitsMs: [0, 0],
      peers,
      signaturesVerified: true,
      turns: new OneAtATime(),
      progress: new ProgressReporter({ board: house.progress, now: house.environment.now, log: house.log }),
      log: house.log,
    },
    version: '0.0.0',
    backends: house.configs,
    openDriver: async (name) => {
      const driver = mortal.driver(house.backends.get(name)!.open());
      return wrap(name, driver);
    },
    lanes: { fillsAtOnceMax: 2, fillsWaitingMax: 100, clonesAtOnceMax: 8 },
    snapshots: mortal.snapshots(house.snapshots),
    liveness: mortal.liveness(house.liveness),
    ...never,
    ...timing,
    scrub: { bytesPerSecond: 2 ** 40, intervalMs: weekMs, threads, clock: house.clock, ...scrub },
  });
}
