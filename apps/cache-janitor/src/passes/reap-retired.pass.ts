import { type Chore, type ImageCache, nextStep, owedChores } from '@hearth/domain';
import type { LiveHosts, LivenessBoard, NudgeQueue } from '@hearth/event-sourcing';
import { parsePoolRef } from '@hearth/kernel';
import type { Views } from '../views/views';
import type { Pass, PassStatus } from './pass';

export interface ReapRetiredOptions {
  readonly views: Pick<Views, 'volumes' | 'caches' | 'check'>;
  readonly nudges: NudgeQueue;
  readonly liveness: Pick<LivenessBoard, 'hosts'>;
  readonly nowMs: () => number;
  readonly intervalMs: number;
  /** Nudges in one run. */
  readonly reapMax: number;
}

/**
 * Wakes the hosts of pools whose cache owes work: retired image-volumes to remove, fills whose process is gone, creates that still
 * wait or never settled their claim. The host does the work; the janitor reaches no backend.
 */
export function reapRetired(options: ReapRetiredOptions): Pass {
  return {
    name: 'reap-retired',
    intervalMs: options.intervalMs,
    async run(): Promise<PassStatus> {
      const { views, nudges, liveness, nowMs, intervalMs, reapMax } = options;
      views.check();
      const live = await liveness.hosts();
      const owed = [...views.caches.entries()].filter(([, cache]) => owesWork(cache, live, views.volumes));
      const due = owed.filter(([pool]) => live.has(hostOf(pool))).slice(0, reapMax);
      // Janitors that run in the same interval give their nudge the same name, and so make one.
      const round = Math.floor(nowMs() / intervalMs);
      for (const [pool] of due) {
        await nudges.send(hostOf(pool), { kind: 'pool', id: pool }, { dedupeId: `reap-retired/${pool}/${round}` });
      }
      return { examined: views.caches.size, owed: owed.length, done: due.length, left: owed.length - due.length };
    },
  };
}

function owesWork(cache: ImageCache, live: LiveHosts, volumes: Pick<Views['volumes'], 'get'>): boolean {
  const isAlive = ({ host, incarnation }: { readonly host: string; readonly incarnation: string }) =>
    live.get(host)?.incarnation === incarnation;
  return owedChores(cache, isAlive).some((chore) => isDue(chore, volumes));
}

/** Every claim may one day be left behind; it is looked into only when the create that holds it does not run any more. */
function isDue(chore: Chore, volumes: Pick<Views['volumes'], 'get'>): boolean {
  if (chore.do !== 'check-claim') return true;
  const volume = volumes.get(chore.volumeId);
  return volume === undefined || nextStep(volume).do === 'nothing';
}

const hostOf = (pool: string): string => parsePoolRef(pool)?.host ?? pool;
