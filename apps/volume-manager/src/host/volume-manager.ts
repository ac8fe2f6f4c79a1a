import type { ManageableAnswer, NudgeTarget, ReconcileAnswer } from '@hearth/contracts';
import type { LiveHosts, LivenessBoard, LogGate, SnapshotStore } from '@hearth/event-sourcing';
import { type PoolRef, type VolumeId, isUuid } from '@hearth/kernel';
import type { OpenDriver } from '../backends/backend';
import type { BackendConfig } from '../backends/backend.config';
import { OpenBackends } from '../backends/open-backends';
import { doChores } from '../pools/pool-chores';
import { Prefetches } from '../pools/prefetches';
import type { Pool } from '../pools/pool';
import { Reconciler } from '../reconcile/reconciler';
import { Scrub, type ScrubSettings } from '../scrub/scrub';
import { workOnVolume } from '../volumes/work-on-volume';
import type { Host } from './host';
import type { LaneLimits } from './lanes';
import { listManageable } from './list-manageable';
import { RepeatedWork } from './repeated-work';
import { hostReport } from './report-capacity';

export interface VolumeManagerOptions {
  /** All of the host but its backends and their pools, which are opened here. */
  readonly host: Omit<Host, 'pools' | 'backendNames'>;
  readonly version: string;
  readonly backends: readonly BackendConfig[];
  readonly openDriver: OpenDriver;
  readonly lanes: LaneLimits;
  readonly snapshots: SnapshotStore;
  readonly liveness: LivenessBoard;
  readonly reportIntervalMs: number;
  readonly choresIntervalMs: number;
  readonly scrub: ScrubSettings;
  /** A backend that does not answer for this long counts as down. */
  readonly answerTimeoutMs: number;
  /** See `ReconcilerOptions.graceMs`; a quarter of an hour unless told. */
  readonly orphanGraceMs?: number;
  /** What is remembered of a log that nobody vouches for is no reason to touch a backend. Always open unless told. */
  readonly gate?: Pick<LogGate, 'isOpen'>;
}

const defaultOrphanGraceMs = 15 * 60_000;

const scrubComplaint = 'copies could not be looked at';

/** The one volume-manager of a host: its backends, their pools, and what wakes it. */
export class VolumeManager {
  private readonly backends: OpenBackends;
  private readonly repeated: RepeatedWork;
  private readonly host: Host;
  private readonly scrubbing: Scrub;
  private readonly prefetches: Prefetches;
  private readonly reconciler: Reconciler;

  constructor(private readonly options: VolumeManagerOptions) {
    const { host, openDriver, lanes, answerTimeoutMs, snapshots, backends: configs } = options;
    const environment = { ...host, host: host.name, openDriver, lanes, answerTimeoutMs };
    this.backends = new OpenBackends({ configs, environment, snapshots });
    this.repeated = new RepeatedWork(host.log);
    this.host = { ...host, pools: this.backends.pools, backendNames: new Set(configs.map(({ name }) => name)) };
    this.scrubbing = new Scrub(this.host, this.options.scrub);
    this.prefetches = new Prefetches(this.host);
    const { gate = { isOpen: true }, orphanGraceMs = defaultOrphanGraceMs } = options;
    this.reconciler = new Reconciler(this.host, { gate, graceMs: orphanGraceMs });
  }

  /** Opens what is configured and begins to report and to do what is owed. Throws when the log is away. */
  async start(): Promise<void> {
    const { reportIntervalMs, choresIntervalMs } = this.options;
    await this.backends.openMissing();
    await this.host.peers?.serve(this.backends.pools);
    await this.report();
    this.repeated.every(reportIntervalMs, 'the capacity could not be reported', () => this.report());
    const complaint = 'what is owed could not be looked at';
    this.repeated.inBackground(complaint, complaint, () => this.lookAtPools());
    this.repeated.every(choresIntervalMs, complaint, () => this.unlessShut(() => this.look()));
    this.repeated.every(choresIntervalMs, scrubComplaint, () => this.unlessShut(() => this.scrubbing.run()));
  }

  /** Looks at the copies that are due to be read again; resolves when none is left, and those that were given up are filled again. */
  async scrub(): Promise<void> {
    await this.scrubbing.run();
    await this.scrubbing.refilled();
  }

  /** Waits for the prefetches that run. */
  prefetched(): Promise<void> {
    return this.prefetches.settled();
  }

  /** See `Scrub.oldest`. */
  unseen(): ReturnType<Scrub['oldest']> {
    return this.scrubbing.oldest();
  }

  /** Does what is owed to a volume or a pool. Throws when it has to be done again. */
  async react(target: NudgeTarget, signal: AbortSignal): Promise<void> {
    if (target.kind === 'volume') {
      if (isUuid(target.id)) await workOnVolume(this.host, target.id as VolumeId, signal);
      else this.host.log.warn('a nudge names no volume', { id: target.id });
      return;
    }
    const pool = this.backends.pools.get(target.id as PoolRef);
    if (pool) {
      await this.chores(pool, await this.options.liveness.hosts());
      this.repeated.inBackground(scrubComplaint, scrubComplaint, () => this.scrubbing.run());
    } else this.host.log.warn('a nudge for a pool that is not open here was passed over', { pool: target.id });
  }

  /** See `listManageable`. */
  manageable(request: unknown): Promise<ManageableAnswer> {
    return listManageable(this.host, request, this.options.answerTimeoutMs);
  }

  /** See `Reconciler.answer`. */
  reconcile(request: unknown): Promise<ReconcileAnswer> {
    return this.reconciler.answer(request);
  }

  /** What is up, what is down, what is misconfigured. Throws when no backend is up. */
  check(): unknown {
    const { up, down, pools } = this.backends;
    if (up.length === 0) throw new Error(`no backend is up: ${down.map(({ reason }) => reason).join('; ')}`);
    const caches = up.map(({ service, cache }) => [service, cache.state]);
    return { pools: [...pools.keys()], caches: Object.fromEntries(caches) as unknown, down };
  }

  /** To be called when no more nudges arrive: stops reporting, leaves snapshots, closes the backends. */
  async close(): Promise<void> {
    await Promise.all([this.scrubbing.close(), this.prefetches.close(), this.reconciler.close()]);
    await this.repeated.close();
    const told = this.host.progress.settled();
    await this.options.liveness.withdraw(this.host.name).catch((error: unknown) => {
      this.host.log.warn('the host could not be taken off the board; its report expires by itself', { error });
    });
    await told;
    // Who reads copies from here goes on elsewhere.
    await this.host.peers?.close();
    await this.backends.close();
  }

  private async unlessShut(work: () => Promise<void>): Promise<void> {
    if (this.options.gate?.isOpen ?? true) await work();
  }

  /** Backends that were down get another chance, then every pool its chores: none waits for another's backend. */
  private async look(): Promise<void> {
    await this.backends.openMissing();
    await this.lookAtPools();
  }

  private async lookAtPools(): Promise<void> {
    const live = await this.options.liveness.hosts();
    this.warnOfNamesake(live);
    for (const pool of this.backends.pools.values()) {
      const work = () => this.chores(pool, live);
      this.repeated.inBackground(`chores of ${pool.ref}`, 'the chores of a pool could not be done', work);
    }
  }

  /** One run of a pool's chores at a time. */
  private chores(pool: Pool, live: LiveHosts): Promise<void> {
    return this.host.turns.run(`chores of ${pool.ref}`, () => doChores(this.host, pool, live, this.prefetches));
  }

  /** We have reported before we look: another's report under our name was written since. */
  private warnOfNamesake(live: LiveHosts): void {
    const { name, incarnation, log } = this.host;
    const reported = live.get(name)?.incarnation;
    if (reported === undefined || reported === incarnation) return;
    log.error('another volume-manager bears the name of this host: give every volume-manager its own HEARTH_HOST', {
      host: name,
      incarnation,
      other: reported,
    });
  }

  private async report(): Promise<void> {
    const { host, version, liveness, answerTimeoutMs } = this.options;
    const { up, down } = this.backends;
    const reporter = { ...host, version, answerTimeoutMs, peerUrl: host.peers?.url };
    await liveness.report(await hostReport(reporter, up, down, host.now()));
  }
}
