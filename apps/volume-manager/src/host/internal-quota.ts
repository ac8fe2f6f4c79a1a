import {
  type InternalQuotaAnswer,
  type InternalQuotaQuestion,
  internalQuotaAnswerSchema,
  internalQuotaSubject,
} from '@hearth/contracts';
import type { ProjectId } from '@hearth/kernel';
import type { Log } from '@hearth/platform';
import { ErrorCode, type NatsConnection, NatsError } from 'nats';
import type { Pool } from '../pools/pool';
import type { Host } from './host';
import { countRefusal } from './metrics';

/** How many image-volumes a fill would take the place of, and their GiB: see `givenUpBy`. */
type GivesUp = NonNullable<InternalQuotaQuestion['givesUp']>;

/** Whether one more image-volume of a size may be made that takes the place of others. */
export type AskQuota = (sizeGib: number, givesUp: GivesUp) => Promise<boolean>;

/**
 * Does what begins image-volumes of a project, one at a time on this host: each question counts what was begun before it, so that fills
 * of one moment do not pass the quota together. Where there is none left, that is told aloud: the create goes on without the cache, and
 * nobody would notice that nothing is cached any more. Throws the reason of `signal` where nobody is left to fill what would be begun.
 */
export function withinInternalQuota<Result>(
  host: Pick<Host, 'internalQuota' | 'log' | 'pools' | 'turns'>,
  { ref }: Pick<Pool, 'ref'>,
  { projectId, signal }: Pick<InternalQuotaQuestion, 'projectId'> & { readonly signal: AbortSignal },
  work: (hasQuota: AskQuota) => Promise<Result>,
): Promise<Result> {
  return host.turns.run(`internal quota of ${projectId}`, () => {
    signal.throwIfAborted();
    return work(async (sizeGib, givesUp) => {
      const since = lastBegun(host, projectId);
      const question = { projectId, sizeGib, since, ...(givesUp.volumes > 0 && { givesUp }) };
      const answer = await host.internalQuota?.(question);
      signal.throwIfAborted();
      if (answer?.verdict !== 'over') return true;
      countRefusal(ref, 'internal-quota');
      const { resource, limit, inUse } = answer;
      host.log.error(
        'the internal project has no quota left for image-volumes: images are downloaded for each volume',
        {
          ...{ pool: ref, projectId, sizeGib, resource, limit, inUse },
        },
      );
      return false;
    });
  });
}

/** Position up to which the caches of this host that belong to the project are known. */
function lastBegun({ pools }: Pick<Host, 'pools'>, projectId: ProjectId): number {
  const ofProject = [...pools.values()].filter(({ backend }) => backend.internalTenant?.projectId === projectId);
  return Math.max(0, ...ofProject.map(({ cache }) => cache.sequence()));
}

export interface InternalQuotaOptions {
  readonly connection: Pick<NatsConnection, 'request'>;
  readonly timeoutMs: number;
  readonly log: Pick<Log, 'warn'>;
  /** The time, in milliseconds. */
  readonly clock: { now(): number };
}

/** How long nobody is asked when nobody has answered in time: fills that begin in turn do not wait for the same silence each. */
const silenceMs = 5_000;

/**
 * Asks an api, which knows the quotas. While none answers the last answer of the project counts; where there was none, there is no quota:
 * unlimited is what holds unless somebody has set another, and the cache does not wait for the api.
 */
export function askInternalQuota({
  connection,
  timeoutMs,
  log,
  clock,
}: InternalQuotaOptions): NonNullable<Host['internalQuota']> {
  const last = new Map<string, InternalQuotaAnswer>();
  let silentSince = -Infinity;
  return async (question) => {
    const { projectId } = question;
    const lastOf = () => last.get(projectId) ?? ({ verdict: 'within' } as const);
    // A clock that was put back meanwhile does not make it longer.
    if (Math.abs(clock.now() - silentSince) < silenceMs) return lastOf();
    try {
      const text = JSON.stringify(question);
      const answer = await connection.request(internalQuotaSubject, text, { timeout: timeoutMs });
      const verdict = internalQuotaAnswerSchema.parse(JSON.parse(Buffer.from(answer.data).toString('utf8')));
      last.set(projectId, verdict);
      return verdict;
    } catch (error) {
      if (error instanceof NatsError && error.code === ErrorCode.Timeout) silentSince = clock.now();
      const verdict = lastOf();
      log.warn('no api says whether the internal project has quota left', { projectId, taken: verdict.verdict, error });
      return verdict;
    }
  };
}
