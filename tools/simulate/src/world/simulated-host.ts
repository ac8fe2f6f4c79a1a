import { type CommandEnvironment, InMemoryProgressBoard, type SnapshotStore } from '@hearth/event-sourcing';
import type { NudgeTarget, ReconcileAnswer } from '@hearth/contracts';
import type { Log } from '@hearth/platform';
import { type BackendConfig, backendSchema } from '../../../../apps/volume-manager/src/backends/backend.config';
import { blockDigest } from '../../../../apps/volume-manager/src/fill/disk/content-digest';
import { OneAtATime } from '../../../../apps/volume-manager/src/host/one-at-a-time';
import { ProgressReporter } from '../../../../apps/volume-manager/src/host/progress';
import { VolumeManager } from '../../../../apps/volume-manager/src/host/volume-manager';
import type { ScrubSettings } from '../../../../apps/volume-manager/src/scrub/scrub';
import type { MemoryLivenessBoard } from '../../../../apps/volume-manager/src/testing/memory.liveness-board';
import { findImage, placeImage } from '../../../../apps/volume-manager/src/upload/place-image';
import { withdrawImage } from '../../../../apps/volume-manager/src/upload/withdraw-image';
import { UploadShelf } from '../../../../apps/volume-manager/src/testing/upload-shelf';
import type { VirtualTime } from '../engine/virtual-time';
import type { Turns } from '../engine/turns';
import { VerifiedPlaces } from '../../../../apps/volume-manager/src/fill/verify-place';
import { verifyFile } from './image-places';
import type { ImageService } from './image-service';
import type { InternalQuota } from './internal-quota';
import type { SimulatedBackend } from './simulated-backend';
import type { SimulatedLog } from './simulated-log';
import { SimulatedProcess } from './simulated-process';

export interface HostSurroundings {
  readonly turns: Turns;
  readonly time: VirtualTime;
  readonly log: SimulatedLog;
  readonly newId: () => string;
  readonly images: ImageService;
  readonly quota: InternalQuota;
  readonly snapshots: SnapshotStore;
  readonly liveness: MemoryLivenessBoard;
  readonly words: Log;
  /** Hears of every time that a process is about to use an image's bytes, and whether it has just been shown as active. */
  readonly onUse: (imageId: string, wasShown: boolean) => void;
}

const timing = { reportIntervalMs: 20_000, choresIntervalMs: 60_000, answerTimeoutMs: 60_000 };
const weekMs = 7 * 24 * 60 * 60 * 1000;

/** Makes blocks ready on the thread that asks. */
const threads: ScrubSettings['threads'] = {
  make: async ({ memory, offset, length }) => ({
    ...{ id: 0, runs: [], problem: undefined },
    digest: blockDigest(Buffer.from(memory, offset, length)),
  }),
};

/** One host: its backends, and the volume-managers that run there one after the other, or side by side for a while. */
export class SimulatedHost {
  private process: SimulatedProcess | undefined;
  private manager: VolumeManager | undefined;
  private readonly processes = new Set<SimulatedProcess>();
  private whenUp: (() => void)[] = [];
  private readonly underWay = new Set<Promise<void>>();
  private isDraining = false;

  constructor(
    readonly name: string,
    readonly backends: ReadonlyMap<string, SimulatedBackend>,
    private readonly around: HostSurroundings,
    private options: Readonly<Record<string, unknown>>,
  ) {}

  get isUp(): boolean {
    return this.manager !== undefined && !this.isDraining;
  }

  /** Starts a process; again where it does not come up. What ran before it is not touched. */
  async boot(): Promise<void> {
    for (;;) {
      const process = new SimulatedProcess(this.name, this.around.turns);
      this.processes.add(process);
      this.process = process;
      const manager = this.newManager(process);
      try {
        await manager.start();
      } catch (error) {
        if (process.isDead) return;
        this.around.words.warn('a volume-manager does not start', { error });
        process.kill();
        await this.around.time.sleep(1_000);
        continue;
      }
      // Another may have been started since.
      if (this.process !== process) return;
      this.manager = manager;
      for (const tell of this.whenUp.splice(0)) tell();
      return;
    }
  }

  /** Starts a process where none runs, or is about to. */
  async rise(): Promise<void> {
    if (!this.process) await this.boot();
  }

  /** All that runs there is no more. */
  kill(): void {
    for (const process of this.processes) process.kill();
    this.processes.clear();
    this.process = undefined;
    this.manager = undefined;
  }

  /** Ends the process as it should be ended, and starts one with other options. */
  async restart(options = this.options): Promise<void> {
    const { process, manager } = this;
    this.isDraining = true;
    if (process && manager) {
      const drained = async () => {
        await Promise.allSettled(this.underWay);
        await manager.close();
      };
      await Promise.race([drained().catch(() => undefined), process.end, this.around.time.sleep(600_000)]);
    }
    this.kill();
    this.options = options;
    this.isDraining = false;
    await this.boot();
  }

  /** A new process begins while the old one, which got no signal, goes on for so many turns. */
  async bootBeside(turns: number): Promise<void> {
    const old = this.process;
    if (!old) return;
    this.manager = undefined;
    const end = async () => {
      for (let count = 0; count < turns; count += 1) await this.around.turns.next();
      old.kill();
      this.processes.delete(old);
    };
    await Promise.all([end(), this.boot()]);
  }

  /** Waits until it is up; then hands over a nudge. Resolves to whether it was acknowledged. */
  async react(target: NudgeTarget): Promise<boolean> {
    while (!this.isUp) await new Promise<void>((resolve) => this.whenUp.push(resolve));
    const { manager, process } = this;
    const work = manager!.react(target, process!.signal);
    const held = work.catch(() => undefined).finally(() => this.underWay.delete(held));
    this.underWay.add(held);
    return Promise.race([
      work.then(
        () => true,
        (error: unknown) => {
          this.around.words.warn('a nudge is delivered again', { target, error });
          return false;
        },
      ),
      process!.end.then(() => {
        this.underWay.delete(held);
        return false;
      }),
    ]);
  }

  /** What the host finds where its pool is not as the log says; undefined when it does not answer. */
  async reconcile(pool: string): Promise<ReconcileAnswer | undefined> {
    const { manager, process } = this;
    if (!manager || !process) return undefined;
    return Promise.race([manager.reconcile({ pool, dryRun: false }), process.end.then(() => undefined)]);
  }

  /** The configuration of its backends now. */
  get configs(): readonly BackendConfig[] {
    return [...this.backends.keys()].map((name) =>
      backendSchema.parse({
        ...{ name, driver: name, image_volume_cache_enabled: true },
        ...{ cinder_internal_tenant_project_id: 'internal', cinder_internal_tenant_user_id: 'hearth' },
        ...this.options,
      }),
    );
  }

  private newManager(process: SimulatedProcess): VolumeManager {
    const { turns, log, time, newId, images, quota, snapshots, liveness, words, onUse } = this.around;
    const verified = new VerifiedPlaces(verifyFile);
    const shown = new Map<string, number>();
    const show = async (imageId: string) => {
      shown.delete(imageId);
      const image = await process.around(() => images.show(imageId));
      if (image.status === 'active') shown.set(imageId, turns.taken);
      return image;
    };
    const use = (imageId: string) => onUse(imageId, shown.get(imageId) === turns.taken);
    const environment: CommandEnvironment = { store: log.of(process), now: () => time.now, newId };
    const uploads = new UploadShelf();
    return new VolumeManager({
      host: {
        ...environment,
        name: this.name,
        incarnation: newId(),
        writeImage: (order) => {
          use(order.image.id);
          return process.around(() => images.write(order));
        },
        uploadImage: process.uploader(uploads.send),
        showImage: show,
        directUrlSchemes: ['file'],
        locationsOf: (imageId) => {
          use(imageId);
          return process.around(() => images.locations(imageId));
        },
        verifyImageAt: (at) => process.around(() => verified.look(at)),
        internalQuota: (question) => process.around(async () => quota.ask(this.name, question)),
        findImage: (imageId, url, signal) => findImage(imageId, url, { images: uploads, signal }),
        placeImage: (imageId, url, signal) => placeImage(imageId, url, { images: uploads, signal, waitsMs: [0] }),
        withdrawImage: (imageId, signal) => withdrawImage(imageId, { images: uploads, signal }),
        retryWaitsMs: [1_000, 5_000],
        signaturesVerified: true,
        turns: new OneAtATime(),
        progress: new ProgressReporter({ board: new InMemoryProgressBoard(), now: environment.now, log: words }),
        log: words,
      },
      version: '0.0.0',
      backends: this.configs,
      openDriver: async (name) => this.backends.get(name)!.open(process),
      lanes: { fillsAtOnceMax: 2, fillsWaitingMax: 100, clonesAtOnceMax: 8 },
      snapshots: process.snapshots(snapshots),
      liveness: process.liveness(liveness),
      ...timing,
      scrub: {
        ...{ bytesPerSecond: 2 ** 40, intervalMs: weekMs, threads },
        clock: { nowMs: () => time.nowMs, sleep: (ms, signal) => time.sleep(ms, signal) },
      },
    });
  }
}
