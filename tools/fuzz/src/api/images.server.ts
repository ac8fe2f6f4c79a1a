import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The one image that there is. */
export const imageId = '533ef249-e7e6-476f-ae5c-155c354defa4';

const image = {
  id: imageId,
  name: 'tiny',
  status: 'active',
  visibility: 'public',
  protected: false,
  owner: 'fuzz',
  size: 1_048_576,
  virtual_size: 1_048_576,
  checksum: 'd41d8cd98f00b204e9800998ecf8427e',
  os_hash_algo: 'sha512',
  os_hash_value: 'ab'.repeat(64),
  os_hidden: false,
  disk_format: 'raw',
  container_format: 'bare',
  min_disk: 0,
  min_ram: 0,
  tags: [],
  created_at: '2026-11-20T00:00:00Z',
  updated_at: '2026-11-20T00:00:00Z',
};

/** As much of Glance as an api asks for: the record of one image, and records that are made of whatever is asked. */
export async function startImages() {
  const server = createServer((request, response) => {
    void answer(request).then(({ status, body }) => {
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    });
  });
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

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function answer(request: IncomingMessage): Promise<Answer> {
  const sent = await textOf(request);
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://images');
  if (request.method === 'POST' && pathname === '/v2/images') {
    return { status: 201, body: { ...image, ...(JSON.parse(sent) as object), id: randomUUID(), status: 'queued' } };
  }
  if (request.method !== 'GET') return { status: 204, body: undefined };
  if (pathname === '/v2/images') {
    return { status: 200, body: { images: searchParams.get('name') === image.name ? [image] : [] } };
  }
  return pathname === `/v2/images/${imageId}` ? { status: 200, body: image } : { status: 404, body: {} };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
