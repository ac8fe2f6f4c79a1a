import { logQuestionSchema, logQuestionSubject, logSuspectSubject, type LogVerdict } from '@hearth/contracts';
import type { Log } from '@hearth/platform';
import type { NatsConnection, Subscription } from 'nats';
import type { LogWatch } from './log-watch';

/** Answers those who ask about the log until the connection is drained; of several replicas one answers. */
export function answerLogQuestions(
  connection: Pick<NatsConnection, 'subscribe'>,
  watch: Pick<LogWatch, 'answer'>,
  log: Pick<Log, 'warn'>,
): Subscription {
  const unanswered = (error: unknown) => log.warn('a question about the log is not answered', { error });
  return connection.subscribe(logQuestionSubject, {
    queue: 'api',
    callback: (error, message) => {
      if (error) return unanswered(error);
      const answer = async () => {
        const question = logQuestionSchema.parse(JSON.parse(Buffer.from(message.data).toString('utf8')));
        message.respond(JSON.stringify(await watch.answer(question)));
      };
      answer().catch(unanswered);
    },
  });
}

/** Tells all who listen; who is not connected asks when it is. */
export function tellSuspicion(connection: NatsConnection): (verdict: LogVerdict) => void {
  return (verdict) => {
    if (!connection.isClosed()) connection.publish(logSuspectSubject, JSON.stringify(verdict));
  };
}
