import type { Socket } from 'node:net';
import { TcpProxy } from './tcp-proxy';

/** When a connection has brought so many bytes it is cut, or brings nothing more; the last number holds for all that follow. */
export class CuttingProxy extends TcpProxy {
  connections = 0;
  /** Connections that have fallen silent, or were cut. */
  ended = 0;

  constructor(
    target: number,
    private after: readonly number[],
    private readonly ending: 'cut' | 'silence' = 'cut',
  ) {
    super(target);
  }

  /** From now on; the next connection is the first. */
  cutAfter(...after: readonly number[]): void {
    this.after = after;
    this.connections = 0;
    this.ended = 0;
  }

  protected pass(client: Socket, server: Socket): void {
    const limit = this.after[Math.min(this.connections, this.after.length - 1)] ?? 0;
    this.connections += 1;
    let brought = 0;
    server.on('data', (chunk: Buffer) => {
      const left = limit - brought;
      brought += chunk.length;
      if (chunk.length < left) return void client.write(chunk);
      this.ended += 1;
      server.pause();
      client.write(chunk.subarray(0, left), this.ending === 'cut' ? () => client.destroy() : undefined);
    });
  }
}
