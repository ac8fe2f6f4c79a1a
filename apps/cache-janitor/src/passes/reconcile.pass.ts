import type { ReconcileAnswer } from '@hearth/contracts';
import type { LivenessBoard } from '@hearth/event-sourcing';
import { type Log, metrics } from '@hearth/platform';
import type { HostReconciler } from '../hosts/host-reconciler';
import { hostOf } from '../pools/pool-rules';
import type { Views } from '../views/views';
import type { Pass, PassStatus } from './pass';

export interface ReconcileOptions {
  readonly views: Pick<Views, 'caches' | 'check'>;
  readonly liveness: Pick<LivenessBoard, 'hosts'>;
  readonly hosts: HostReconciler;
  readonly nowMs: () => number;
  readonly intervalMs: number;
  /** Pools in one run: those that were not looked at for longest come first. */
  readonly reconcileMax: number;
  readonly log: Log;
}

/** Hosts that look at a time: each lists all of its backend. */
const hostsAtOnce = 4;

const found = metrics.counter(
  'hearth_janitor_reconciled_total',
  'What hosts found on their backends, by kind: orphans, orphansRemoved, ghosts, ghostsEvicted, sizes, dependants, foreign.',
);

/**
 * Asks the hosts to compare their pools with the log: objects that nobody owns, entries whose object is gone, sizes that differ, volumes
 * that depend on an entry (Nova's `_scan_base_images`, of which here the log knows the better half). A host looks twice before it removes
 * anything, and closes every finding with a fact; the janitor reaches no backend.
 */
export function reconcile(options: ReconcileOptions): Pass {
  const askedAt = new Map<string, number>();
  return {
    name: 'reconcile',
    intervalMs: options.intervalMs,
    async run(): Promise<PassStatus> {
      const { views, liveness, nowMs, reconcileMax } = options;
      views.check();
      const live = await liveness.hosts();
      const reported = [...live.values()].flatMap(({ pools }) => pools.map(({ pool }) => String(pool)));
      const all = new Set([...views.caches.entries()].map(([pool]) => pool).concat(reported));
      for (const pool of askedAt.keys()) if (!all.has(pool)) askedAt.delete(pool);
      const lastAsked = (pool: string) => askedAt.get(pool) ?? -1;
      const due = [...all]
        .filter((pool) => live.has(hostOf(pool)))
        .sort((one, other) => lastAsked(one) - lastAsked(other))
        .slice(0, reconcileMax);
      for (const pool of due) askedAt.set(pool, nowMs());
      const done = await inTurns(due, (pool) => look(options, pool));
      return { examined: all.size, owed: all.size, done, left: all.size - done };
    },
  };
}

/** How many of the pools were looked at; those of one host one after the other. */
async function inTurns(pools: readonly string[], lookAt: (pool: string) => Promise<boolean>): Promise<number> {
  const byHost = new Map<string, string[]>();
  for (const pool of pools) byHost.set(hostOf(pool), [...(byHost.get(hostOf(pool)) ?? []), pool]);
  const queue = [...byHost.values()];
  let done = 0;
  const work = async () => {
    for (let own = queue.shift(); own; own = queue.shift()) {
      for (const pool of own) if (await lookAt(pool)) done += 1;
    }
  };
  await Promise.all(Array.from({ length: hostsAtOnce }, work));
  return done;
}

async function look({ hosts, log }: ReconcileOptions, pool: string): Promise<boolean> {
  const answer: ReconcileAnswer | undefined = await hosts.reconcile(hostOf(pool), pool);
  if (!answer) {
    log.info('a host has not said in time how its pool compares with the log', { pool });
    return false;
  }
  if ('error' in answer) {
    log.warn('a host could not compare its pool with the log', { pool, ...answer.error });
    return false;
  }
  const { objects, ...findings } = answer.report.totals;
  for (const [kind, count] of Object.entries(findings)) if (count > 0) found.add(count, { kind });
  const { foreign: _foreign, ...ours } = findings;
  const isAnything = Object.values(ours).some((count) => count > 0);
  log[isAnything ? 'info' : 'debug']('a pool was compared with the log', { pool, objects, ...findings });
  return true;
}
