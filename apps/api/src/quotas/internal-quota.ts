import {
  type InternalQuotaAnswer,
  type InternalQuotaQuestion,
  internalQuotaQuestionSchema,
  internalQuotaSubject,
} from '@hearth/contracts';
import type { Log } from '@hearth/platform';
import {
  type Database,
  findQuotaLimits,
  findQuotaSet,
  type ProjectionPosition,
  type QuotaSet,
} from '@hearth/read-model';
import type { NatsConnection, Subscription } from 'nats';

/**
 * Whether the quotas of the internal project have room for one more image-volume. Only limits that were set for the project count: the
 * defaults are meant for tenants, and would end a cache at ten images. Usage is what the log has told the tables so far; what is given up
 * for the new one counts no more, though it goes only then, or a full cache could never replace an entry.
 *
 * @param own the limits that were set for the project
 * @param quotas its usage
 */
export function internalQuotaVerdict(
  { sizeGib, givesUp = { volumes: 0, gigabytes: 0 } }: Pick<InternalQuotaQuestion, 'sizeGib' | 'givesUp'>,
  own: Readonly<Record<string, number>>,
  quotas: QuotaSet,
): InternalQuotaAnswer {
  const wanted = { volumes: 1, gigabytes: sizeGib };
  for (const resource of ['volumes', 'gigabytes'] as const) {
    const limit = own[resource] ?? -1;
    const { inUse = 0, reserved = 0 } = quotas[resource] ?? {};
    if (limit >= 0 && inUse + reserved + wanted[resource] - givesUp[resource] > limit) {
      return { verdict: 'over', resource, limit, inUse: inUse + reserved };
    }
  }
  return { verdict: 'within' };
}

/** Hosts wait for the answer; so long for the tables, in ms, when they are behind what the host has begun. */
const projectionWaitMs = 1_000;

/**
 * Answers hosts that ask until the connection is drained; of several replicas one answers. Where there is a limit, the answer waits for
 * what the host has begun to be in the tables, a second at the most. What cannot be answered is logged.
 */
export function answerInternalQuota(
  connection: Pick<NatsConnection, 'subscribe'>,
  database: Database,
  position: Pick<ProjectionPosition, 'waitFor'>,
  log: Pick<Log, 'warn'>,
): Subscription {
  const unanswered = (error: unknown) =>
    log.warn("a question about the internal project's quota is not answered", { error });
  return connection.subscribe(internalQuotaSubject, {
    queue: 'api',
    callback: (error, message) => {
      if (error) return unanswered(error);
      const answer = async () => {
        const question = internalQuotaQuestionSchema.parse(JSON.parse(Buffer.from(message.data).toString('utf8')));
        const { projectId, since = 0 } = question;
        const own = await findQuotaLimits(database, projectId);
        const isLimited = [own['volumes'], own['gigabytes']].some((limit = -1) => limit >= 0);
        if (isLimited) await position.waitFor(since, projectionWaitMs);
        const quotas = await findQuotaSet(database, projectId);
        message.respond(JSON.stringify(internalQuotaVerdict(question, own, quotas)));
      };
      answer().catch(unanswered);
    },
  });
}
