import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Log } from '../logging/log';
import type { HealthChecks } from './health-checks';
import { healthPage } from './health-pages';

export interface HealthServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the health pages of an app that has no HTTP of its own. Rejects when the address is taken. */
export async function serveHealth(options: {
  readonly host: string;
  readonly port: number;
  readonly checks: HealthChecks;
  readonly log: Log;
}): Promise<HealthServer> {
  const { host, port, checks, log } = options;
  const server = createServer((request, response) => {
    answer(request, response, checks).catch((error) => {
      log.error('a health page could not be made', { path: request.url, error });
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new Error(`health pages cannot be served at ${host}:${port}`, { cause })));
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, checks: HealthChecks): Promise<void> {
  const [path = ''] = (request.url ?? '').split('?');
  const known = request.method === 'GET' || request.method === 'HEAD';
  const page = known ? await healthPage(path, checks) : undefined;
  if (!page) return void response.writeHead(known ? 404 : 405).end();
  response.writeHead(page.status, { 'content-type': page.contentType, 'cache-control': 'no-store' });
  response.end(request.method === 'HEAD' ? undefined : page.body);
}
