// What stands between callers and a Glance that knows who asks, in the place of the Keystone middleware.
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { identityHeaders } from '../real/glance';

export interface IdentityFront {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Passes requests on to Glance. A token `project:user:role[,role]`, as the API takes it in development mode, becomes the identity that it
 * names; who bears none is the block-storage service, which may read every image.
 */
export async function startIdentityFront(glanceUrl: string): Promise<IdentityFront> {
  const server = createServer((asked, answer) => void passOn(glanceUrl, asked, answer));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function passOn(glanceUrl: string, asked: IncomingMessage, answer: ServerResponse): Promise<void> {
  const { 'x-auth-token': token, range } = asked.headers;
  const [projectId = '', , roles = ''] = typeof token === 'string' ? token.split(':') : ['service', 'cinder', 'admin'];
  const role = roles.split(',').includes('admin') ? 'admin' : 'member';
  const headers = { ...identityHeaders({ projectId, role }), ...(range !== undefined && { range }) };
  try {
    const passed = request(`${glanceUrl}${asked.url ?? '/'}`, { method: asked.method, headers }).end();
    const [found] = (await once(passed, 'response')) as [IncomingMessage];
    answer.writeHead(found.statusCode ?? 502, found.headers);
    await pipeline(found, answer);
  } catch {
    answer.destroy();
  }
}
