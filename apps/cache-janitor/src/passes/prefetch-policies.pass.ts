import { type CachePolicy, emptyCache } from '@hearth/domain';
import { type LivenessBoard, UnstorableCommitError } from '@hearth/event-sourcing';
import { type ImageCatalogue, ImageServiceError } from '@hearth/openstack-clients';
import { type Log, metrics } from '@hearth/platform';
import { findImages, type Found } from '../policies/find-images';
import { policyPrefetchId } from '../policies/policy-prefetch-id';
import { policySteps, type Selection } from '../policies/policy-steps';
import { type DefinedPolicy, isAbout, type Wanted, WantedImages } from '../policies/wanted-images';
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
 * `policySteps` has it; one that selects nothing lets go of nothing. Those of which it is not known yet what they select are asked first.
 */
export function prefetchPolicies(options: PrefetchPoliciesOptions): Pass {
  const lastRuns = new Map<string, LastRun>();
  /** When each was last begun, whether or not all of it was done: those that had no turn for longest come first. */
  const begunAt = new Map<string, number>();
  const wanted = new WantedImages();
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
      wanted.keepOnly(views.policies);
      const due = [...views.policies.entries()]
        .flatMap(([policyId, policy]) => (isDue(policy, lastRuns.get(policyId), nowMs()) ? [{ policyId, policy }] : []))
        .sort((one, other) => (begunAt.get(one.policyId) ?? 0) - (begunAt.get(other.policyId) ?? 0));
      const rules = [...rulesOfPools(views.services.entries())].filter(({ settings }) => settings.state === 'enabled');
      const live = due.length > 0 ? await hostsForLimits(rules, liveness) : new Map<never, never>();
      const answers = await askUnknown(options, due, wanted);
      const sum = { examined: views.policies.size, owed: 0, done: 0, left: 0 };
      let room = stepsMax;
      for (const one of due) {
        if (signal.aborted) break;
        const { policyId, policy } = one;
        if (room === 0) {
          sum.left += 1;
          continue;
        }
        begunAt.set(policyId, nowMs());
        const found = answers.has(policyId) ? answers.get(policyId) : await ask(options, one, wanted);
        if (!found) {
          sum.left += 1;
          continue;
        }
        const selection = { policyId, definition: policy.definition, images: found.images };
        const targets = rules.filter(({ pool }) => isAbout(policy.definition, pool));
        const othersIn = (pool: string) => wanted.ofOthers(views.policies.entries(), { policyId, pool });
        const owed = targets.flatMap((each) =>
          stepsIn(options, each, { selection, live, others: othersIn(each.pool) }),
        );
        const isWhole = targets.every(({ pool }) => othersIn(pool) !== undefined);
        const steps = owed.slice(0, room);
        room -= steps.length;
        sum.owed += owed.length;
        sum.left += owed.length - steps.length;
        sum.done += await carryOut(options, steps);
        // What is left of it is done by the next run, and what waits for the selection of another policy.
        if (steps.length === owed.length && isWhole) lastRuns.set(policyId, { atMs: nowMs(), definedAt: policy.at });
      }
      return sum;
    },
  };
}

interface DuePolicy {
  readonly policyId: string;
  readonly policy: DefinedPolicy;
}

function isDue(policy: CachePolicy, last: LastRun | undefined, nowMs: number): policy is DefinedPolicy {
  if (policy.status !== 'defined' || !policy.definition.enabled) return false;
  if (!last || last.definedAt !== policy.at) return true;
  return !isRecent(last.atMs, nowMs, policy.definition);
}

/** Less than the policy's interval away. What lies further ahead was noted by a clock that was wrong, and holds nothing up. */
function isRecent(atMs: number, nowMs: number, { everySeconds }: Pick<DefinedPolicy['definition'], 'everySeconds'>) {
  return Math.abs(nowMs - atMs) < everySeconds * 1_000;
}

/** Asks for the policies of which it is not known what they select: what one lets go of depends on the others. */
async function askUnknown(
  options: PrefetchPoliciesOptions,
  due: readonly DuePolicy[],
  wanted: WantedImages,
): Promise<ReadonlyMap<string, Found | undefined>> {
  const answers = new Map<string, Found | undefined>();
  for (const one of due) {
    if (options.signal.aborted) break;
    if (wanted.has(one.policyId, one.policy)) continue;
    answers.set(one.policyId, await ask(options, one, wanted));
  }
  return answers;
}

/** Undefined when the image service has not answered: the policy is asked for again at the next run. */
async function ask(
  { images, signal, log }: PrefetchPoliciesOptions,
  { policyId, policy }: DuePolicy,
  wanted: WantedImages,
): Promise<Found | undefined> {
  const { definition } = policy;
  const about = { policyId, policy: definition.name };
  try {
    const found = await findImages(definition, images, { signal });
    wanted.found(policyId, policy, found.images);
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

/** What a policy finds, and what the others want in a pool, as far as that is known. */
interface Turn {
  readonly selection: Selection;
  readonly live: Parameters<typeof limitsOf>[1];
  readonly others: readonly Wanted[] | undefined;
}

interface PoolStep {
  readonly pool: string;
  readonly command: ReturnType<typeof policySteps>[number];
}

function stepsIn(
  { views, nowMs, newId }: PrefetchPoliciesOptions,
  rules: PoolRules,
  { selection, live, others }: Turn,
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
    others,
    wasAskedFor: (imageId) => {
      const askedAtMs = views.recentPrefetches.atMs(policyId, pool, imageId);
      if (askedAtMs === undefined || askedAtMs < definedAtMs) return false;
      return isRecent(askedAtMs, now, definition);
    },
  }).map((command) => ({ pool, command }));
}

/** How many of the steps led to something. What the log does not take, of an image with an odd id say, keeps nothing else from its turn. */
async function carryOut({ withCache, log }: PrefetchPoliciesOptions, steps: readonly PoolStep[]): Promise<number> {
  const byPool = new Map<string, PoolStep[]>();
  for (const step of steps) byPool.set(step.pool, [...(byPool.get(step.pool) ?? []), step]);
  let done = 0;
  for (const [pool, own] of byPool) {
    await withCache(pool, async (cache) => {
      for (const { command } of own) {
        try {
          done += (await cache.ask(command)).length > 0 ? 1 : 0;
        } catch (error) {
          if (!(error instanceof UnstorableCommitError)) throw error;
          const imageId = 'imageId' in command ? command.imageId : undefined;
          log.warn('what a policy asks of a pool cannot be stored', { pool, asked: command.do, imageId, error });
        }
      }
    });
  }
  return done;
}
