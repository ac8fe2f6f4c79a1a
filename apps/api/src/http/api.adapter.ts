import { badRequest, faultAnswer, noRouteAnswer } from '@hearth/cinder-v3';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Connections } from './connections';
import type { HttpLimits } from './http.config';
import { countRefused } from './http-metrics';
import { isDeeperThan } from './json-depth';

/** The part of the framework's reply that is used here. */
interface RawReply {
  readonly raw: {
    writeHead(status: number, headers: Readonly<Record<string, string>>): unknown;
    end(text: string): unknown;
  };
}

const idLengthMax = 300;
/** A path whose percent signs stand for no text. */
const unreadable = faultAnswer(badRequest('Malformed request url').fault);

/** Fastify as the API wants it: bounded connections, heads, bodies, ids and times; JSON, and nothing else, is read. */
export class ApiAdapter extends FastifyAdapter {
  readonly connections: Connections;

  constructor(readonly limits: HttpLimits) {
    const { requestTimeoutMs, headersTimeoutMs, answerTimeoutMs } = limits;
    const connections = new Connections(limits, countRefused);
    super({
      bodyLimit: limits.bodyMaxBytes,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      http: {
        headersTimeout: Math.min(headersTimeoutMs, requestTimeoutMs),
        maxHeaderSize: limits.headersMaxBytes,
        connectionsCheckingInterval: Math.min(headersTimeoutMs, requestTimeoutMs, answerTimeoutMs, 5_000),
      },
      clientErrorHandler: ({ code }, socket) => connections.failed(socket, code),
      routerOptions: { ignoreTrailingSlash: true, maxParamLength: idLengthMax },
      // What the router cannot read comes to no hook; it is answered as what it can read and does not know.
      frameworkErrors: ({ code }: { readonly code: string }, _request: unknown, reply: RawReply) => {
        const { status, body } = code === 'FST_ERR_BAD_URL' ? unreadable : noRouteAnswer;
        reply.raw.writeHead(status, { 'Content-Type': 'application/json' });
        reply.raw.end(JSON.stringify(body));
      },
    });
    this.connections = connections;
    const { server } = this.getInstance();
    // One more than may be: what is beyond is cut off unseen.
    server.maxHeadersCount = limits.headersMax + 1;
    // Called as the server closes: to Node a connection is idle, too, whose answer is still being read, or is due behind another one.
    server.closeIdleConnections = () => undefined;
    connections.watch(server);
  }

  /** Called by Nest at the end; lets requests finish. */
  override close(): Promise<undefined> {
    const closed = super.close();
    this.connections.end();
    return closed;
  }

  /** Called by Nest in place of its own parsers. */
  override registerParserMiddleware(): void {
    const instance = this.getInstance();
    const { bodyDepthMax } = this.limits;
    instance.removeAllContentTypeParsers();
    instance.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
      const text = String(body);
      // Clients send the type with DELETE, and no body.
      if (text === '') return done(null, undefined);
      if (isDeeperThan(bodyDepthMax, text)) {
        return done(badRequest(`Malformed request body: it is nested deeper than ${bodyDepthMax} levels`));
      }
      try {
        return done(null, JSON.parse(text));
      } catch {
        return done(badRequest('Malformed request body'));
      }
    });
  }
}
