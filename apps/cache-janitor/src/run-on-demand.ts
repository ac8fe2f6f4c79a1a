import type { NatsConnection, Subscription } from 'nats';
import type { Passes } from './passes/run-passes';

/** A request to `hearth.janitor.run.<pass>` runs a pass now; the answer is its status, or `{ error }`. */
export const demandSubject = (pass: string): string => `hearth.janitor.run.${pass}`;

/** Answers requests until the connection is drained; of several janitors one answers. */
export function runOnDemand(connection: NatsConnection, passes: Pick<Passes, 'runNow'>): Subscription {
  return connection.subscribe(demandSubject('*'), {
    queue: 'cache-janitor',
    callback: (error, message) => {
      if (error) return;
      const name = message.subject.slice(demandSubject('').length);
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
