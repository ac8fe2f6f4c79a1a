import { DriverError } from '@hearth/driver-api';
import type { CommandEnvironment, SnapshotStore } from '@hearth/event-sourcing';
import type { PoolRef } from '@hearth/kernel';
import { openPool, reportSettings } from '../pools/open-pool';
import type { Pool } from '../pools/pool';
import { type Backend, type BackendDown, type BackendEnvironment, isDown, openBackend } from './backend';
import type { BackendConfig } from './backend.config';

export interface OpenBackendsOptions {
  readonly configs: readonly BackendConfig[];
  readonly environment: BackendEnvironment & CommandEnvironment;
  readonly snapshots: SnapshotStore;
}

/** The backends of a host: those that are up with their pools, and those that are down with the reason. */
export class OpenBackends {
  private readonly openPools = new Map<PoolRef, Pool>();
  private readonly open = new Map<string, Backend>();
  private readonly closed = new Map<string, BackendDown>();

  constructor(private readonly options: OpenBackendsOptions) {
    for (const { name } of options.configs) this.closed.set(name, { backend: name, reason: 'it is not open yet' });
  }

  get pools(): ReadonlyMap<PoolRef, Pool> {
    return this.openPools;
  }

  /** In the order of the configuration. */
  get up(): readonly Backend[] {
    return this.options.configs.flatMap(({ name }) => this.open.get(name) ?? []);
  }

  get down(): readonly BackendDown[] {
    return [...this.closed.values()];
  }

  /** Opens all that are not open, side by side. Throws when the log is away: what could not be opened for it stays down. */
  async openMissing(): Promise<void> {
    const missing = this.options.configs.filter(({ name }) => this.closed.has(name));
    const results = await Promise.allSettled(missing.map((config) => this.openOne(config)));
    const failure = results.find((result) => result.status === 'rejected');
    if (failure) throw failure.reason;
  }

  /** Leaves snapshots of the pools' caches and closes the drivers. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.openPools.values()].map(({ cache }) => cache.close()));
    await Promise.allSettled(this.up.map(({ driver }) => driver.close()));
  }

  private async openOne(config: BackendConfig): Promise<void> {
    const { environment } = this.options;
    const backend = await openBackend(config, environment);
    if (isDown(backend)) return this.markDown(config, backend);
    try {
      const pools = await this.foldPools(backend);
      for (const pool of pools) this.openPools.set(pool.ref, pool);
    } catch (error) {
      const reason = `its pools could not be read from the log: ${error instanceof Error ? error.message : String(error)}`;
      this.closed.set(config.name, { backend: config.name, reason });
      await backend.driver.close().catch(() => undefined);
      throw error;
    }
    this.open.set(config.name, backend);
    this.closed.delete(config.name);
    const { cache, pools, driver } = backend;
    const { cloneMethod } = driver.capabilities;
    environment.log.info('a backend is up', { backend: config.name, pools, cloneMethod, cache });
  }

  /** Told once for each reason: a backend that stays down is tried again and again. */
  private markDown({ name, driver }: BackendConfig, { reason, error }: { reason: string; error: unknown }): void {
    if (this.closed.get(name)?.reason !== reason) {
      // The driver's own errors say all in their message; of any other, one wants to know where it came from.
      const detail = error instanceof DriverError ? { code: error.code } : { error };
      this.options.environment.log.error('a backend could not be opened', { backend: name, driver, reason, ...detail });
    }
    this.closed.set(name, { backend: name, reason });
  }

  private async foldPools(backend: Backend): Promise<readonly Pool[]> {
    const { environment, snapshots } = this.options;
    await reportSettings(environment, backend);
    return Promise.all(backend.pools.map((ref) => openPool(environment, snapshots, backend, ref, environment.log)));
  }
}
