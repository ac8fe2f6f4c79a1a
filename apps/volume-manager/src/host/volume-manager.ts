import type { NudgeTarget } from '@hearth/contracts';
import type { LivenessBoard, SnapshotStore } from '@hearth/event-sourcing';
import { type PoolRef, type VolumeId, isUuid } from '@hearth/kernel';
import type { DriverEnvironment } from '@hearth/driver-api';
import { type Backend, type BackendDown, isDown, openBackend } from '../backends/backend';
import type { BackendConfig } from '../backends/backend.config';
import { openPool, reportSettings } from '../pools/open-pool';
import type { Pool } from '../pools/pool';
import { doChores } from '../pools/pool-chores';
import { workOnVolume } from '../volumes/work-on-volume';
import type { Host } from './host';
import { hostReport } from './report-capacity';

export interface VolumeManagerOptions {
  /** All of the host but its pools, which are opened here. */
  readonly host: Omit<Host, 'pools'>;
  readonly version: string;
  readonly backends: readonly BackendConfig[];
  readonly drivers: DriverEnvironment;
  readonly snapshots: SnapshotStore;
  readonly liveness: LivenessBoard;
  readonly reportIntervalMs: number;
  readonly choresIntervalMs: number;
}

/** The one volume-manager of a host: its backends, their pools, and what wakes it. */
export class VolumeManager {
  private readonly pools = new Map<PoolRef, Pool>();
  private readonly backends: Backend[] = [];
  private down: BackendDown[] = [];
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly running = new Set<Promise<unknown>>();
  private readonly host: Host;

  constructor(private readonly options: VolumeManagerOptions) {
    this.host = { ...options.host, pools: this.pools };
  }

  /** Opens what is configured, does what is owed, and begins to report. Throws when the log is away. */
  async start(): Promise<void> {
    await this.openBackends(this.options.backends);
    await this.report();
    await this.choresOfAll();
    this.every(this.options.reportIntervalMs, 'the capacity could not be reported', () => this.report());
    this.every(this.options.choresIntervalMs, 'the chores of a pool could not be done', () => this.look());
  }

  /** Does what is owed to a volume or a pool. Throws when it has to be done again. */
  async react(target: NudgeTarget, signal: AbortSignal): Promise<void> {
    if (target.kind === 'volume') {
      if (isUuid(target.id)) await workOnVolume(this.host, target.id as VolumeId, signal);
      else this.host.log.warn('a nudge names no volume', { id: target.id });
      return;
    }
    const pool = this.pools.get(target.id as PoolRef);
    if (pool) await this.chores(pool);
    else this.host.log.warn('a nudge for a pool that is not open here was passed over', { pool: target.id });
  }

  /** One line each: what is down, what is misconfigured. Throws when no backend is up. */
  check(): unknown {
    if (this.backends.length === 0)
      throw new Error(`no backend is up: ${this.down.map(({ reason }) => reason).join('; ')}`);
    const caches = this.backends.map(({ service, cache }) => [service, cache.state]);
    return { pools: [...this.pools.keys()], caches: Object.fromEntries(caches) as unknown, down: this.down };
  }

  /** To be called when no more nudges arrive: stops reporting, leaves snapshots, closes the backends. */
  async close(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    await Promise.allSettled(this.running);
    await this.options.liveness.withdraw(this.host.name).catch(() => undefined);
    await Promise.allSettled([...this.pools.values()].map(({ cache }) => cache.close()));
    await Promise.allSettled(this.backends.map(({ driver }) => driver.close()));
  }

  private async openBackends(configs: readonly BackendConfig[]): Promise<void> {
    const { host, drivers, snapshots } = this.options;
    this.down = [];
    for (const config of configs) {
      const backend = await openBackend(host.name, config, drivers, host.log);
      if (isDown(backend)) {
        this.down.push(backend);
        continue;
      }
      for (const ref of backend.pools) this.pools.set(ref, await openPool(host, snapshots, backend, ref, host.log));
      this.backends.push(backend);
      await reportSettings(host, backend);
    }
  }

  /** Backends that were down get another chance, then every pool its chores. */
  private async look(): Promise<void> {
    const again = this.down.map(({ backend }) => backend);
    if (again.length > 0) await this.openBackends(this.options.backends.filter(({ name }) => again.includes(name)));
    await this.choresOfAll();
  }

  private async choresOfAll(): Promise<void> {
    for (const pool of this.pools.values()) await this.chores(pool);
  }

  private chores(pool: Pool): Promise<void> {
    return this.host.turns.run(`chores of ${pool.ref}`, async () =>
      doChores(this.host, pool, await this.options.liveness.hosts()),
    );
  }

  private async report(): Promise<void> {
    const { host, version, liveness } = this.options;
    await liveness.report(await hostReport({ ...host, version }, this.backends, this.down, host.now()));
  }

  /** Runs `work` again and again, never twice at a time; what it throws is logged, for the next turn tries again. */
  private every(intervalMs: number, complaint: string, work: () => Promise<void>): void {
    let busy = false;
    const turn = () => {
      if (busy) return;
      busy = true;
      const running = work()
        .catch((error: unknown) => this.host.log.warn(complaint, { error }))
        .finally(() => {
          busy = false;
          this.running.delete(running);
        });
      this.running.add(running);
    };
    this.timers.push(setInterval(turn, intervalMs));
  }
}
