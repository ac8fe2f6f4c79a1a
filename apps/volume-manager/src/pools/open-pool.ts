import { imageCacheDecider, serviceDecider } from '@hearth/domain';
import { type CommandEnvironment, Ledger, type SnapshotStore, runCommand } from '@hearth/event-sourcing';
import type { PoolRef } from '@hearth/kernel';
import type { Log } from '@hearth/platform';
import type { Backend } from '../backends/backend';
import { cacheSnapshots } from './cache-snapshots';
import type { Pool } from './pool';

/** Folds the pool's cache into memory. Throws `StoreUnavailableError`. */
export async function openPool(
  environment: CommandEnvironment,
  snapshots: SnapshotStore,
  backend: Backend,
  ref: PoolRef,
  log: Log,
): Promise<Pool> {
  const cache = await Ledger.open({
    ...environment,
    stream: { category: 'image-cache', id: ref },
    decider: imageCacheDecider,
    snapshots: cacheSnapshots(snapshots),
    onError: (error) => log.warn('keeping the state of a cache met with trouble', { pool: ref, error }),
  });
  return { ref, backend, cache, tried: { reap: 0, 'check-claim': 0 }, brokenClones: new Map(), uploads: new Set() };
}

/** Records what the backend's cache may do, if that has changed: the janitor and the read model go by it. */
export async function reportSettings(environment: CommandEnvironment, backend: Backend): Promise<void> {
  const { service, pools, cache } = backend;
  const stream = { category: 'service', id: service } as const;
  await runCommand(environment, serviceDecider, stream, { do: 'ReportCacheSettings', service, pools, cache });
}
