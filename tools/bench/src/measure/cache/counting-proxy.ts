import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface CountingProxy {
  readonly url: string;
  /** Requests for the bytes of an image so far. */
  downloadsOf(imageId: string): number;
  stop(): Promise<void>;
}

/** Stands before an image service and counts who fetches an image. */
export async function startCountingProxy(target: string): Promise<CountingProxy> {
  const counts = new Map<string, number>();
  const server = createServer((asked, answer) => {
    const imageId = /^\/v2\/images\/([^/]+)\/file/.exec(asked.url ?? '')?.[1];
    if (imageId !== undefined && asked.method === 'GET') counts.set(imageId, (counts.get(imageId) ?? 0) + 1);
    const { method, headers } = asked;
    const onward = request(new URL(asked.url ?? '/', target), { method, headers }, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.headers);
      got.pipe(answer);
    });
    onward.once('error', () => answer.destroy());
    answer.once('close', () => onward.destroy());
    asked.pipe(onward);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    downloadsOf: (imageId) => counts.get(imageId) ?? 0,
    stop: () => {
      server.closeAllConnections();
      return new Promise((stopped) => server.close(() => stopped()));
    },
  };
}
