import { schedulerHost } from '@hearth/contracts';
import { nextStep, type Volume } from '@hearth/domain';
import type { LivenessBoard, NudgeQueue } from '@hearth/event-sourcing';
import { poolParts } from '@hearth/kernel';
import type { Views } from '../views/views';
import type { Pass, PassStatus } from './pass';
import { stuckRounds } from './stuck-rounds';

export interface ResumeStuckOptions {
  readonly views: Pick<Views, 'volumes' | 'lastWords' | 'check'>;
  readonly nudges: NudgeQueue;
  readonly liveness: Pick<LivenessBoard, 'hosts'>;
  readonly nowMs: () => number;
  readonly intervalMs: number;
  readonly stuckAfterMs: number;
  /** Nudges in one run. */
  readonly resumeMax: number;
}

interface Stuck {
  readonly id: string;
  readonly host: string;
  readonly sequence: number;
  readonly round: number;
}

/**
 * Wakes whoever owes a volume its next step and has said nothing of it for long: the scheduler, or the host of its pool. A host
 * that is away is not woken; it looks through what it owes when it comes back, and this pass goes on asking.
 */
export function resumeStuck(options: ResumeStuckOptions): Pass {
  /** The last round in which a volume's host was woken. Two janitors' nudges of one round are one by their name. */
  const woken = new Map<string, number>();
  return {
    name: 'resume-stuck',
    intervalMs: options.intervalMs,
    async run(): Promise<PassStatus> {
      const { views, nudges, liveness, resumeMax } = options;
      views.check();
      for (const id of woken.keys()) if (!views.volumes.get(id)) woken.delete(id);
      const stuck = [...stuckVolumes(options)].filter(
        ({ id, sequence, round }) => woken.get(id) !== keyOf(sequence, round),
      );
      const live = stuck.length > 0 ? await liveness.hosts() : new Map<string, unknown>();
      const due = stuck.filter(({ host }) => host === schedulerHost || live.has(host)).slice(0, resumeMax);
      for (const { id, host, sequence, round } of due) {
        const dedupeId = `resume-stuck/${id}/${sequence}/${round}`;
        await nudges.send(host, { kind: 'volume', id }, { dedupeId });
        woken.set(id, keyOf(sequence, round));
      }
      return { examined: views.volumes.size, owed: stuck.length, done: due.length, left: stuck.length - due.length };
    },
  };
}

/** A volume that has moved on since it was asked after begins its rounds anew. */
const keyOf = (sequence: number, round: number): number => sequence * 1_000 + Math.min(round, 999);

function* stuckVolumes({ views, nowMs, stuckAfterMs }: ResumeStuckOptions): Iterable<Stuck> {
  const now = nowMs();
  for (const [id, volume] of views.volumes.entries()) {
    const host = whoOwes(volume);
    if (host === undefined) continue;
    const { sequence, atMs } = views.lastWords.of(id);
    const round = stuckRounds(now - atMs, stuckAfterMs);
    if (round > 0) yield { id, host, sequence, round };
  }
}

/** Who owes a volume its next step. */
export function whoOwes(volume: Volume): string | undefined {
  const step = nextStep(volume);
  if (step.do === 'nothing') return undefined;
  return step.do === 'place' ? schedulerHost : poolParts(step.pool).host;
}
