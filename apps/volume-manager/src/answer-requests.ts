import { type ManageableAnswer, manageableSubject } from '@hearth/contracts';
import type { NatsConnection, Subscription } from 'nats';

/** Answers what hosts are asked, until the connection is drained. */
export function answerRequests(
  connection: NatsConnection,
  host: string,
  manageable: (request: unknown) => Promise<ManageableAnswer>,
): Subscription {
  return connection.subscribe(manageableSubject(host), {
    callback: (error, message) => {
      if (error) return;
      void manageable(jsonOf(message.data)).then((answer) => message.respond(JSON.stringify(answer)));
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
