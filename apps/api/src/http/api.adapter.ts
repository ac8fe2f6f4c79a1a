import { badRequest } from '@hearth/cinder-v3';
import { FastifyAdapter } from '@nestjs/platform-fastify';

export interface ApiAdapterOptions {
  readonly bodyMaxBytes: number;
  /** How long a client may take to send a request. */
  readonly requestTimeoutMs: number;
}

/** Longer than what gateways keep a connection open for, so that they never write into one that we just closed. */
const keepAliveTimeoutMs = 75_000;
const idLengthMax = 300;

/** Fastify as the API wants it: bounded bodies, ids and times; JSON, and nothing else, is read. */
export class ApiAdapter extends FastifyAdapter {
  constructor({ bodyMaxBytes, requestTimeoutMs }: ApiAdapterOptions) {
    super({
      bodyLimit: bodyMaxBytes,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      http: { headersTimeout: requestTimeoutMs, connectionsCheckingInterval: Math.min(requestTimeoutMs, 5_000) },
      routerOptions: { ignoreTrailingSlash: true, maxParamLength: idLengthMax },
    });
  }

  /** Called by Nest in place of its own parsers. */
  override registerParserMiddleware(): void {
    const instance = this.getInstance();
    instance.removeAllContentTypeParsers();
    instance.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
      const text = String(body);
      // Clients send the type with DELETE, and no body.
      if (text === '') return done(null, undefined);
      try {
        return done(null, JSON.parse(text));
      } catch {
        return done(badRequest('Malformed request body'));
      }
    });
  }
}
