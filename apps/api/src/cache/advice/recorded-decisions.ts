import { type CacheAdviceQuery, type CacheShadowQuery, invalidInput } from '@hearth/cinder-v3';
import { effectiveCacheSettings } from '@hearth/contracts';
import { cacheLimits } from '@hearth/domain';
import { type CachePoolView, readDecisions, sumEvictions } from '@hearth/read-model';
import { poolReportOf } from '../../volumes/pool-reports';
import type { VolumeServices } from '../../volumes/volume-services';
import { findPool } from '../named-pools';
import { checkBegun } from '../past-moments';
import { adviceView, shadowView } from './advice.view';
import { type AdvisorAnswer, type AdvisorQuestion, type AskedDecision, UnusableQuestionError } from './cache-advisor';

/** Decisions that are looked at, at the most: the newest. */
export const decisionsMax = 1_000_000;

/** How large the cache of a pool should be. Throws faults of 400 and 404, `AdvisorBusyError`. */
export async function adviseOn(services: VolumeServices, asked: CacheAdviceQuery) {
  const pool = await findPool(services, asked.pool);
  const own = await ownRules(services, pool);
  const policy = asked.policy ?? own.policy;
  const limitGib = asked.limitGib ?? own.limitGib;
  const options = { by: asked.by, currentLimitGib: limitGib, currentPolicy: policy, ...targetOf(asked) };
  const question = { kind: 'advice', projectId: asked.projectId, options } as const;
  return adviceView(pool.pool, await answer(services, asked, question), { policy, decisionsMax });
}

/** What other rules would have made of what happened. Throws faults of 400 and 404, `AdvisorBusyError`. */
export async function shadowOf(services: VolumeServices, asked: CacheShadowQuery) {
  const { pool } = await findPool(services, asked.pool);
  const { policy, limitGib, maxCount, ttlSeconds, admission } = asked;
  const rules = { policy, limitGib, maxCount, ttlSeconds, admission };
  const answered = await answer(services, asked, { kind: 'shadow', projectId: asked.projectId, rules });
  const { from, to } = answered;
  const evictions =
    from === null || to === null
      ? null
      : await sumEvictions(services.database, { pool, from: instant(from), to: instant(to) });
  return shadowView(pool, answered, { evictions, decisionsMax });
}

const targetOf = ({ target }: CacheAdviceQuery) => (target === undefined ? {} : { targetHitRatio: target });
const instant = (ms: number) => new Date(ms).toISOString();

async function ownRules(services: VolumeServices, { pool, settings }: CachePoolView) {
  if (!settings) return { policy: 'lru', limitGib: 0 } as const;
  const totalGib = (await poolReportOf(services, pool))?.totalGib ?? null;
  return { policy: effectiveCacheSettings(settings).policy, limitGib: cacheLimits(settings, totalGib).maxSizeGib };
}

async function answer<Question extends AdvisorQuestion>(
  services: VolumeServices,
  { pool, from }: CacheAdviceQuery | CacheShadowQuery,
  question: Question,
): Promise<AdvisorAnswer<Question['kind']>> {
  await checkBegun(services, from, 'from');
  const { database, advisor, clock } = services;
  const to = instant(clock.now());
  const parts = readDecisions(database, { pool, to, most: decisionsMax, ...(from !== undefined && { from }) });
  try {
    return await advisor.answer(pool, asAsked(parts), question);
  } catch (error) {
    throw error instanceof UnusableQuestionError ? invalidInput(error.message) : error;
  }
}

async function* asAsked(parts: ReturnType<typeof readDecisions>): AsyncIterable<readonly AskedDecision[]> {
  for await (const part of parts) {
    yield part.map(({ decidedAt, imageId, projectId, outcome, content, copyGib, refillBytes, refillMs }) => ({
      ...{ at: Date.parse(decidedAt), imageId, projectId, outcome, content, copyGib, refillBytes },
      refillSeconds: refillMs / 1_000,
    }));
  }
}
