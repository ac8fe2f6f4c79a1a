import type { Socket } from 'node:net';
import { TcpProxy } from './tcp-proxy';

/** What comes back passes as slowly as a network of so many bytes for a millisecond. */
export class SlowProxy extends TcpProxy {
  constructor(
    target: number,
    private readonly bytesPerMs: number,
  ) {
    super(target);
  }

  protected pass(client: Socket, server: Socket): void {
    server.on('data', (chunk: Buffer) => {
      server.pause();
      client.write(chunk);
      setTimeout(() => server.resume(), chunk.length / this.bytesPerMs);
    });
    server.on('end', () => client.end());
  }
}
