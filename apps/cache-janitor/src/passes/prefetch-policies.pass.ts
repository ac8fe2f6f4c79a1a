import type { CachePolicy, CachePolicyDefinition } from '@hearth/domain';
import { emptyCache, matchesPool } from '@hearth/domain';
import type { LivenessBoard } from '@hearth/event-sourcing';
import type { PoolRef } from '@hearth/kernel';
import { type ImageCatalogue, ImageServiceError } from '@hearth/openstack-clients';
import { type Log, metrics } from '@hearth/platform';
import { findImages, type Found } from '../policies/find-images';
import { policyPrefetchId } from '../policies/policy-prefetch-id';
import { policySteps, type Selection } from '../policies/policy-steps';
import type { WithPoolCache } from '../pools/pool-caches';
import { hostsForLimits, limitsOf, type PoolRules, rulesOfPools } from '../pools/pool-rules';
import type { Views } from '../views/views';
import type { Pass, PassStatus } from './pass';

export interface PrefetchPoliciesOptions {
  readonly views: Pick<Views, 'caches' | 'services' | 'policies' | 'recentPrefetches' | 'check'>;
  readonly liveness: Pick<LivenessBoard, 'hosts'>;
  readonly images: ImageCatalogue;
  readonly withCache: WithPoolCache;
  readonly nowMs: () => number;
  readonly newId: () => string;
  readonly intervalMs: number;
  /** Steps (prefetches, pins, entries that go) of one run. */
  readonly stepsMax: number;
  /** Ends a run that is under way. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** Seconds that a prefetch may wait for its turn at the least, before the policy asks anew. */
const patienceSecondsMin = 3_600;

const runs = metrics.counter(
  'hearth_janitor_policy_runs_total',
  'Runs of policies, by outcome: done, nothing-found, unanswered.',
);

/** A policy's last run in this process. */
interface LastRun {
  readonly atMs: number;
  /** What the policy was then: one that was changed runs at once. */
  readonly definedAt: string;
}

/**
 * Carries out the policies of what the caches hold (prefetch and follow-latest): each at its own interval asks the image service which
 * images it is about, and the pools that it names for those that they lack. What a policy has brought and selects no more is let go, as
 * `policySteps` has it; one that selects nothing lets go of nothing.
 */
export function prefetchPolicies(options: PrefetchPoliciesOptions): Pass {
  const lastRuns = new Map<string, LastRun>();
  /** When each was last begun, whether or not all of it was done: those that had no turn for longest come first. */
  const begunAt = new Map<string, number>();
  return {
    name: 'prefetch-policies',
    intervalMs: options.intervalMs,
    async run(): Promise<PassStatus> {
      const { views, liveness, nowMs, stepsMax, signal } = options;
      views.check();
      for (const id of [...lastRuns.keys(), ...begunAt.keys()]) {
        if (views.policies.get(id)) continue;
        lastRuns.delete(id);
        begunAt.delete(id);
      }
      const due = [...views.policies.entries()]
        .flatMap(([policyId, policy]) =>
          isDue(policy, lastRuns.get(policyId), nowMs()) ? [{ policyId, ...policy }] : [],
        )
        .sort((one, other) => (begunAt.get(one.policyId) ?? 0) - (begunAt.get(other.policyId) ?? 0));
      const rules = [...rulesOfPools(views.services.entries())].filter(({ settings }) => settings.state === 'enabled');
      const live = due.length > 0 ? await hostsForLimits(rules, liveness) : new Map<never, never>();
      const sum = { examined: views.policies.size, owed: 0, done: 0, left: 0 };
      let room = stepsMax;
      for (const { policyId, definition, at: definedAt } of due) {
        if (signal.aborted) break;
        if (room > 0) begunAt.set(policyId, nowMs());
        const found = room > 0 ? await ask(options, policyId, definition) : undefined;
        if (!found) {
          sum.left += 1;
          continue;
        }
        const { images } = found;
        const targets = rules.filter(({ pool }) => isTarget(definition, pool));
        const owed = targets.flatMap((each) =>
          stepsIn(options, each, { selection: { policyId, definition, images }, live }),
        );
        const steps = owed.slice(0, room);
        room -= steps.length;
        sum.owed += owed.length;
        sum.left += owed.length - steps.length;
        sum.done += await carryOut(options, steps);
        // What is left of it is done by the next run.
        if (steps.length === owed.length) lastRuns.set(policyId, { atMs: nowMs(), definedAt });
      }
      return sum;
    },
  };
}

type Defined = Extract<CachePolicy, { status: 'defined' }>;

function isDue(policy: CachePolicy, last: LastRun | undefined, nowMs: number): policy is Defined {
  if (policy.status !== 'defined' || !policy.definition.enabled) return false;
  if (!last || last.definedAt !== policy.at) return true;
  return nowMs - last.atMs >= policy.definition.everySeconds * 1_000;
}

const isTarget = ({ pools }: CachePolicyDefinition, pool: string): boolean =>
  pools.some((pattern) => matchesPool(pattern, pool as PoolRef));

/** Undefined when the image service has not answered: the policy is asked for again at the next run. */
async function ask(
  { images, signal, log }: PrefetchPoliciesOptions,
  policyId: string,
  definition: CachePolicyDefinition,
): Promise<Found | undefined> {
  const about = { policyId, policy: definition.name };
  try {
    const found = await findImages(definition, images, { signal });
    runs.add(1, { outcome: found.problem === undefined ? 'done' : 'nothing-found' });
    if (found.problem !== undefined) log.warn('a policy finds no image', { ...about, reason: found.problem });
    else log.debug('a policy has run', { ...about, imageIds: found.images.map(({ id }) => id) });
    return found;
  } catch (error) {
    if (!(error instanceof ImageServiceError) && !signal.aborted) throw error;
    runs.add(1, { outcome: 'unanswered' });
    log.warn('a policy was not carried out: the image service was not asked', { ...about, error });
    return undefined;
  }
}

interface PoolStep {
  readonly pool: string;
  readonly command: ReturnType<typeof policySteps>[number];
}

function stepsIn(
  { views, nowMs, newId }: PrefetchPoliciesOptions,
  rules: PoolRules,
  { selection, live }: { readonly selection: Selection; readonly live: Parameters<typeof limitsOf>[1] },
): readonly PoolStep[] {
  const { pool } = rules;
  const { policyId, definition, images } = selection;
  if (images.length === 0) return [];
  const now = nowMs();
  const policy = views.policies.get(policyId);
  const definedAtMs = policy?.status === 'defined' ? Date.parse(policy.at) : 0;
  const patienceMs = Math.max(definition.everySeconds, patienceSecondsMin) * 1_000;
  return policySteps(views.caches.get(pool) ?? emptyCache, selection, {
    limits: limitsOf(rules, live),
    at: new Date(now).toISOString(),
    deadline: new Date(now + patienceMs).toISOString(),
    newPrefetchId: () => policyPrefetchId(policyId, newId()),
    wasAskedFor: (imageId) => {
      const askedAtMs = views.recentPrefetches.atMs(policyId, pool, imageId);
      if (askedAtMs === undefined || askedAtMs < definedAtMs) return false;
      return now - askedAtMs < definition.everySeconds * 1_000;
    },
  }).map((command) => ({ pool, command }));
}

/** How many of the steps led to something. */
async function carryOut({ withCache }: PrefetchPoliciesOptions, steps: readonly PoolStep[]): Promise<number> {
  const byPool = new Map<string, PoolStep[]>();
  for (const step of steps) byPool.set(step.pool, [...(byPool.get(step.pool) ?? []), step]);
  let done = 0;
  for (const [pool, own] of byPool) {
    await withCache(pool, async (cache) => {
      for (const { command } of own) done += (await cache.ask(command)).length > 0 ? 1 : 0;
    });
  }
  return done;
}
