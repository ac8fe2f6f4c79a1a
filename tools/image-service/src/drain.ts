import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Makes a server that can end in good time. Node's own `close` waits for every connection, and `closeIdleConnections`
 * overlooks those that never carried a request, which clients open ahead of need.
 * Returns the function that ends it: no new requests; requests under way have `graceMs` to finish.
 */
export function makeDrainable(server: Server): (graceMs: number) => Promise<void> {
  const idle = new Set<Socket>();
  let draining = false;
  server.on('connection', (socket: Socket) => {
    idle.add(socket);
    socket.once('close', () => idle.delete(socket));
  });
  server.on('request', ({ socket }, response) => {
    idle.delete(socket);
    response.once('close', () => {
      if (draining) socket.end();
      else if (!socket.destroyed) idle.add(socket);
    });
  });
  return async (graceMs) => {
    draining = true;
    const ended = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of idle) socket.destroy();
    const timer = setTimeout(() => server.closeAllConnections(), graceMs);
    await ended;
    clearTimeout(timer);
  };
}
