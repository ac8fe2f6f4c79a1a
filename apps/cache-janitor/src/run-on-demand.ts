import { passSubject } from '@hearth/contracts';
import type { NatsConnection, Subscription } from 'nats';
import type { Passes } from './passes/run-passes';

/** Answers requests until the connection is drained; of several janitors one answers. */
export function runOnDemand(connection: NatsConnection, passes: Pick<Passes, 'runNow'>): Subscription {
  return connection.subscribe(passSubject('*'), {
    queue: 'cache-janitor',
    callback: (error, message) => {
      if (error) return;
      const name = message.subject.slice(passSubject('').length);
      void passes.runNow(name).then(
        (status) => message.respond(JSON.stringify({ pass: name, ...status })),
        (failure: unknown) =>
          message.respond(
            JSON.stringify({ pass: name, error: failure instanceof Error ? failure.message : String(failure) }),
          ),
      );
    },
  });
}
