import { passSubject } from '@hearth/contracts';
import type { Log } from '@hearth/platform';
import type { NatsConnection } from 'nats';
import { z } from 'zod';
import type { JanitorPasses } from './janitor-passes';

const answerSchema = z.looseObject({ pass: z.string(), error: z.unknown().optional() });

interface Options {
  readonly timeoutMs: number;
  readonly log: Log;
}

/** By a request, which one of the janitors answers. */
export function natsJanitorPasses(connection: NatsConnection, { timeoutMs, log }: Options): JanitorPasses {
  return {
    run: async (pass) => {
      try {
        const message = await connection.request(passSubject(pass), undefined, { timeout: timeoutMs });
        const detail = answerSchema.parse(message.json());
        return { pass, status: detail.error === undefined || detail.error === null ? 'done' : 'failed', detail };
      } catch (error) {
        log.warn('no janitor ran a pass that was asked for', { pass, error });
        return { pass, status: 'unreachable', detail: null };
      }
    },
  };
}
