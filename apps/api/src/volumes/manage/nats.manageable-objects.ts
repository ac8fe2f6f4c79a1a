import { manageableAnswerSchema, manageableSubject } from '@hearth/contracts';
import { parsePoolRef } from '@hearth/kernel';
import type { Log } from '@hearth/platform';
import type { NatsConnection } from 'nats';
import type { ManageableObjects } from './manageable-objects';

interface Options {
  readonly timeoutMs: number;
  readonly log: Log;
}

/** By a request on the host's own subject. */
export function natsManageableObjects(connection: NatsConnection, { timeoutMs, log }: Options): ManageableObjects {
  return {
    list: async (pool) => {
      const host = parsePoolRef(pool)?.host;
      if (host === undefined) return undefined;
      try {
        const answer = await connection.request(manageableSubject(host), JSON.stringify({ pool }), {
          timeout: timeoutMs,
        });
        return manageableAnswerSchema.parse(answer.json());
      } catch (error) {
        log.warn('a host did not say what lies in its pool', { pool, error });
        return undefined;
      }
    },
  };
}
