import { type ReconcileRequest, reconcileAnswerSchema, reconcileSubject } from '@hearth/contracts';
import type { Log } from '@hearth/platform';
import { ErrorCode, type NatsConnection, NatsError } from 'nats';
import type { HostReconciler } from './host-reconciler';

interface Options {
  /** How long an answer is waited for. */
  readonly timeoutMs: number;
  readonly log: Log;
}

const silences: readonly string[] = [ErrorCode.Timeout, ErrorCode.NoResponders];

/** By a request to the host. */
export function natsHostReconciler(
  connection: Pick<NatsConnection, 'request'>,
  { timeoutMs, log }: Options,
): HostReconciler {
  return {
    reconcile: async (host, pool) => {
      const request = { pool, dryRun: false } as ReconcileRequest;
      try {
        const message = await connection.request(reconcileSubject(host), JSON.stringify(request), {
          timeout: timeoutMs,
        });
        const answer = reconcileAnswerSchema.safeParse(message.json());
        if (answer.success) return answer.data;
        log.warn('a host answered something else than a report of its pool', { pool, problem: answer.error.message });
        return undefined;
      } catch (error) {
        if (error instanceof SyntaxError) {
          log.warn('a host answered something else than a report of its pool', { pool, problem: error.message });
          return undefined;
        }
        if (error instanceof NatsError && silences.includes(error.code)) return undefined;
        throw error;
      }
    },
  };
}
