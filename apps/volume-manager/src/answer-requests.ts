import { type ManageableAnswer, manageableSubject } from '@hearth/contracts';
import type { Log } from '@hearth/platform';
import type { NatsConnection, Subscription } from 'nats';

/**
 * Answers what hosts are asked, until the connection is drained. What cannot be answered is logged, and who asked waits no longer
 * than it will.
 */
export function answerRequests(
  connection: Pick<NatsConnection, 'subscribe'>,
  host: string,
  manageable: (request: unknown) => Promise<ManageableAnswer>,
  log: Pick<Log, 'warn'>,
): Subscription {
  const subject = manageableSubject(host);
  const unanswered = (error: unknown) => log.warn('a question to this host is not answered', { subject, error });
  return connection.subscribe(subject, {
    callback: (error, message) => {
      if (error) return unanswered(error);
      manageable(jsonOf(message.data))
        .then((answer) => message.respond(JSON.stringify(answer)))
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
