import {
  type InternalQuotaAnswer,
  type InternalQuotaQuestion,
  internalQuotaAnswerSchema,
  internalQuotaSubject,
} from '@hearth/contracts';
import type { Log } from '@hearth/platform';
import type { NatsConnection } from 'nats';
import type { Pool } from '../pools/pool';
import type { Host } from './host';
import { countRefusal } from './metrics';

/**
 * Whether one more image-volume may be made for a pool. Where it may not, that is told aloud: the create goes on without the cache, and
 * nobody would notice that nothing is cached any more.
 */
export async function hasQuotaFor(
  { internalQuota, log }: Pick<Host, 'internalQuota' | 'log'>,
  { ref }: Pick<Pool, 'ref'>,
  question: InternalQuotaQuestion,
): Promise<boolean> {
  const answer = await internalQuota?.(question);
  if (answer?.verdict !== 'over') return true;
  countRefusal(ref, 'internal-quota');
  const { resource, limit, inUse } = answer;
  log.error('the internal project has no quota left for image-volumes: images are downloaded for each volume', {
    ...{ pool: ref, projectId: question.projectId, sizeGib: question.sizeGib, resource, limit, inUse },
  });
  return false;
}

/** As the question has it: nothing where nothing is given up. */
export const givesUpOf = (
  givesUp: NonNullable<InternalQuotaQuestion['givesUp']>,
): Pick<InternalQuotaQuestion, 'givesUp'> => (givesUp.volumes > 0 ? { givesUp } : {});

export interface InternalQuotaOptions {
  readonly connection: Pick<NatsConnection, 'request'>;
  readonly timeoutMs: number;
  readonly log: Pick<Log, 'warn'>;
}

/**
 * Asks an api, which knows the quotas. While none answers the last answer of the project counts; where there was none, there is no quota:
 * unlimited is what holds unless somebody has set another, and the cache does not wait for the api.
 */
export function askInternalQuota({
  connection,
  timeoutMs,
  log,
}: InternalQuotaOptions): NonNullable<Host['internalQuota']> {
  const last = new Map<string, InternalQuotaAnswer>();
  return async (question) => {
    const { projectId } = question;
    try {
      const text = JSON.stringify(question);
      const answer = await connection.request(internalQuotaSubject, text, { timeout: timeoutMs });
      const verdict = internalQuotaAnswerSchema.parse(JSON.parse(Buffer.from(answer.data).toString('utf8')));
      last.set(projectId, verdict);
      return verdict;
    } catch (error) {
      const verdict = last.get(projectId) ?? { verdict: 'within' };
      log.warn('no api says whether the internal project has quota left', { projectId, taken: verdict.verdict, error });
      return verdict;
    }
  };
}
