import { connect, type Socket } from 'node:net';
import { once } from 'node:events';

/** A client that sends bytes as a test wants them, well-behaved or not. */
export class RawClient {
  private text = '';
  /** Comes when the connection has ended, by whichever side. */
  readonly closed: Promise<unknown>;

  private constructor(readonly socket: Socket) {
    socket.setEncoding('latin1').on('error', () => undefined);
    socket.on('data', (chunk) => (this.text += String(chunk)));
    this.closed = new Promise((resolve) => socket.once('close', resolve));
  }

  static async connect(url: string): Promise<RawClient> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  send(...lines: readonly string[]): void {
    this.socket.write(lines.join('\r\n'));
  }

  /** Sends something every few milliseconds, as long as anybody listens. */
  drip(bytes: string): void {
    const timer = setInterval(() => this.socket.writable && this.socket.write(bytes), 50);
    this.socket.once('close', () => clearInterval(timer));
  }

  /** What was received so far. */
  get received(): string {
    return this.text;
  }

  /** Status lines of what was received. */
  get statuses(): number[] {
    return [...this.text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));
  }

  /** The body of the last answer, as JSON. */
  get body(): unknown {
    return JSON.parse(this.text.slice(this.text.lastIndexOf('\r\n\r\n') + 4));
  }

  end(): void {
    this.socket.destroy();
  }
}
