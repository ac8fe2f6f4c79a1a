import { dueForVerification } from '@hearth/domain';
import type { LivenessBoard, NudgeQueue } from '@hearth/event-sourcing';
import { parsePoolRef } from '@hearth/kernel';
import type { Views } from '../views/views';
import type { Pass, PassStatus } from './pass';

export interface ScrubOptions {
  readonly views: Pick<Views, 'caches' | 'check'>;
  readonly nudges: NudgeQueue;
  readonly liveness: Pick<LivenessBoard, 'hosts'>;
  readonly nowMs: () => number;
  readonly intervalMs: number;
  /** A copy is due when its bytes were not looked at for so long. */
  readonly dueAfterMs: number;
  /** Nudges in one run: pools whose copies were unseen for longest come first. */
  readonly scrubMax: number;
}

/**
 * Wakes the hosts of pools with copies that nobody has looked at for long. Hosts look by themselves; this reaches one that was told of
 * another interval, and lets an operator ask for a look now. What is due in the end, and how fast it is read, is the host's to say.
 */
export function scrub(options: ScrubOptions): Pass {
  return {
    name: 'scrub',
    intervalMs: options.intervalMs,
    async run(): Promise<PassStatus> {
      const { views, nudges, liveness, nowMs, intervalMs, dueAfterMs, scrubMax } = options;
      views.check();
      const before = new Date(nowMs() - dueAfterMs).toISOString();
      const owed = [...views.caches.entries()].flatMap(([pool, cache]) => {
        const [entry] = dueForVerification(cache, before);
        return entry ? [{ pool, seenAt: entry.verifiedAt ?? '' }] : [];
      });
      const live = await liveness.hosts();
      const due = owed
        .filter(({ pool }) => live.has(hostOf(pool)))
        .sort((one, other) => Number(one.seenAt > other.seenAt) - Number(one.seenAt < other.seenAt))
        .slice(0, scrubMax);
      // Janitors that run in the same interval give their nudge the same name, and so make one.
      const round = Math.floor(nowMs() / intervalMs);
      for (const { pool } of due) {
        await nudges.send(hostOf(pool), { kind: 'pool', id: pool }, { dedupeId: `scrub/${pool}/${round}` });
      }
      return { examined: views.caches.size, owed: owed.length, done: due.length, left: owed.length - due.length };
    },
  };
}

const hostOf = (pool: string): string => parsePoolRef(pool)?.host ?? pool;
