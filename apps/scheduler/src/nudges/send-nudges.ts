import { nextStep, type ImageCache, type Volume, entryOf, volumeDecider } from '@hearth/domain';
import { type CategoryView, type Commit, type EventStore, type NudgeQueue, readState } from '@hearth/event-sourcing';
import { type PoolRef, poolParts } from '@hearth/kernel';
import { nudgesOf, type OwedNudge } from './nudges-of';
import { metrics } from '@hearth/platform';

export interface NudgeSources {
  readonly store: EventStore;
  readonly queue: NudgeQueue;
  /** The caches of all pools. */
  readonly caches: Pick<CategoryView<'image-cache', ImageCache>, 'get' | 'reached'>;
}

/** Nudges that are stored at the same time: a commit may wake two thousand who wait for one fill. */
const atOnceMax = 100;

let sent: ReturnType<typeof metrics.counter> | undefined;

/**
 * Stores the nudges that a commit owes and returns when all are stored, and how many they are. They are named after the commit and
 * their target, so that a fact delivered twice wakes nobody twice (within the queue's duplicate window; after it, harmlessly).
 */
export async function sendNudges(sources: NudgeSources, commit: Commit, traceparent?: string): Promise<number> {
  const addressed = await Promise.all(
    nudgesOf(commit).map(async (nudge) => [nudge, await hostOf(sources, commit, nudge)] as const),
  );
  const due = onceEach(addressed);
  for (let at = 0; at < due.length; at += atOnceMax) {
    await Promise.all(
      due
        .slice(at, at + atOnceMax)
        .map(([{ target }, host]) =>
          sources.queue.send(host, target, { dedupeId: `${commit.sequence}/${target.kind}/${target.id}`, traceparent }),
        ),
    );
  }
  if (due.length > 0) {
    sent ??= metrics.counter('hearth_nudges_total', 'Nudges derived from facts.');
    sent.add(due.length);
  }
  return due.length;
}

/** The host to wake; undefined where nobody is, after all. */
async function hostOf(sources: NudgeSources, commit: Commit, nudge: OwedNudge): Promise<string | undefined> {
  if (nudge.ifReapable !== undefined) {
    await sources.caches.reached(commit.sequence);
    const cache = sources.caches.get(commit.stream.id);
    const entry = cache && entryOf(cache, nudge.ifReapable);
    if (entry?.status !== 'retired' || entry.leases > 0 || entry.reaped) return undefined;
  }
  const pool = nudge.pool ?? (await poolOf(sources.store, commit.stream.id));
  return pool && poolParts(pool).host;
}

/** Where a volume is owed something now. */
async function poolOf(store: EventStore, id: string): Promise<PoolRef | undefined> {
  const { state } = await readState(store, volumeDecider, { category: 'volume', id } as const);
  const step = nextStep(state satisfies Volume);
  return 'pool' in step ? step.pool : undefined;
}

function onceEach(addressed: readonly (readonly [OwedNudge, string | undefined])[]) {
  const due = new Map<string, readonly [OwedNudge, string]>();
  for (const [nudge, host] of addressed) {
    if (host !== undefined) due.set(`${nudge.target.kind}/${nudge.target.id}`, [nudge, host]);
  }
  return [...due.values()];
}
