import { faultAnswer, type HttpAnswer, requestIdHeaders, versionHeader } from '@hearth/cinder-v3';
import type { Log } from '@hearth/platform';
import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { answerOfError } from './answer-of-error';
import { requestContexts } from './request-context';

/** The part of the framework's reply that is used here. */
interface Reply {
  readonly sent: boolean;
  status(code: number): Reply;
  header(name: string, value: string): Reply;
  removeHeader(name: string): Reply;
  type(contentType: string): Reply;
  send(body: unknown): unknown;
}

/** Turns whatever a request ends with into an answer of Cinder's shape. */
@Catch()
export class FaultFilter implements ExceptionFilter {
  constructor(private readonly log: Log) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<object>();
    const reply = host.switchToHttp().getResponse<Reply>();
    const answer = answerOfError(error) ?? this.unforeseen(error, request);
    if (answer.status === 503) this.log.warn('answered 503', { ...idsOf(request), error });
    if (reply.sent) return;
    if (answer.isBeforeCinder) withoutVersion(reply);
    for (const [name, value] of Object.entries(answer.headers)) reply.header(name, value);
    reply.status(answer.status).type('application/json').send(JSON.stringify(answer.body));
  }

  /** The client learns the request's id, the log the rest. */
  private unforeseen(error: unknown, request: object): HttpAnswer {
    this.log.error('a request failed for a reason nobody foresaw', { ...idsOf(request), error });
    const { requestId = 'unknown' } = requestContexts.of(request) ?? {};
    const message = `The server has either erred or is incapable of performing the requested operation (${requestId}).`;
    return faultAnswer({ status: 500, message });
  }
}

function idsOf(request: object) {
  const { requestId, globalRequestId, path } = requestContexts.of(request) ?? {};
  return { requestId, globalRequestId, path };
}

/** What stands before Cinder does not know what Cinder adds to each answer. */
function withoutVersion(reply: Reply): void {
  reply.removeHeader(versionHeader).removeHeader('Vary').removeHeader(requestIdHeaders[0]);
}
