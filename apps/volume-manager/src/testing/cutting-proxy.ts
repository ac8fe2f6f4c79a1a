import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';

/**
 * Passes connections on to a port. When one has brought so many bytes it is cut, or brings nothing more; the last number holds for all
 * that follow.
 */
export class CuttingProxy {
  connections = 0;
  /** Connections that have fallen silent, or were cut. */
  ended = 0;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  constructor(
    private readonly target: number,
    private after: readonly number[],
    private readonly ending: 'cut' | 'silence' = 'cut',
  ) {
    this.server = createServer((client) => this.pass(client));
  }

  /** From now on; the next connection is the first. */
  cutAfter(...after: readonly number[]): void {
    this.after = after;
    this.connections = 0;
    this.ended = 0;
  }

  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `https://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private pass(client: Socket): void {
    const limit = this.after[Math.min(this.connections, this.after.length - 1)] ?? 0;
    this.connections += 1;
    const server = connect(this.target, '127.0.0.1');
    const end = () => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      this.sockets.add(socket);
      socket.on('error', end).on('close', () => {
        this.sockets.delete(socket);
        end();
      });
    }
    client.pipe(server);
    let brought = 0;
    server.on('data', (chunk: Buffer) => {
      const left = limit - brought;
      brought += chunk.length;
      if (chunk.length < left) return void client.write(chunk);
      this.ended += 1;
      server.pause();
      client.write(chunk.subarray(0, left), this.ending === 'cut' ? end : undefined);
    });
  }
}
