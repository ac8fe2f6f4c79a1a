import type { Log } from '@hearth/platform';
import type { NatsConnection, Subscription } from 'nats';

/**
 * Answers what this host is asked under a subject, until the connection is drained. What cannot be answered is logged, and who asked
 * waits no longer than it will.
 */
export function answerRequests(
  connection: Pick<NatsConnection, 'subscribe'>,
  subject: string,
  answer: (request: unknown) => Promise<unknown>,
  log: Pick<Log, 'warn'>,
): Subscription {
  const unanswered = (error: unknown) => log.warn('a question to this host is not answered', { subject, error });
  return connection.subscribe(subject, {
    callback: (error, message) => {
      if (error) return unanswered(error);
      answer(jsonOf(message.data))
        .then((said) => message.respond(JSON.stringify(said)))
        .catch(unanswered);
    },
  });
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}
