// What stands for a compute service: clients ask it which servers there are, and what is theirs of quotas and limits.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ComputeFront {
  readonly url: string;
  stop(): Promise<void>;
}

/** Knows these servers, by their names, and no quota of its own. */
export async function startComputeFront(idsOfServers: Readonly<Record<string, string>>): Promise<ComputeFront> {
  const servers = Object.entries(idsOfServers).map(([name, id]) => ({ id, name, status: 'ACTIVE' }));
  const answers: Record<string, object> = {
    '/servers': { servers },
    '/servers/detail': { servers },
    ...Object.fromEntries(servers.map((server) => [`/servers/${server.id}`, { server }])),
    '/limits': { limits: { rate: [], absolute: {} } },
  };
  const server = createServer(({ url = '/' }, response) => {
    const path = new URL(url, 'http://compute').pathname.replace(/^\/v2\.1/, '');
    const found = answers[path] ?? quotas(path);
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(found ?? { itemNotFound: { code: 404, message: 'Not here.' } }));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function quotas(path: string): object | undefined {
  const [, kind, id] = /^\/os-quota-(class-)?sets\/([^/]+)(\/defaults)?$/.exec(path) ?? [];
  if (id === undefined) return undefined;
  return kind ? { quota_class_set: { id } } : { quota_set: { id } };
}
