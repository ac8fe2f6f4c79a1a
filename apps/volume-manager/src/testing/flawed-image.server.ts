import { once } from 'node:events';
import { type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** What is wrong with one answer; one that has no flaw brings what was asked for. */
export interface Flaw {
  /** The connection ends after so many bytes of the body. */
  readonly cutAfterBytes?: number;
  /** Nothing more comes after so many bytes of the body, and the connection stays. */
  readonly stallAfterBytes?: number;
  /** Not even a head comes. */
  readonly isSilent?: boolean;
  /** Answered in place of 200 or 206, without any bytes. */
  readonly status?: number;
  /** Added to the head, or put in place of what is there. */
  readonly headers?: OutgoingHttpHeaders;
  /** Served in place of the image, from its first byte on for instance. */
  readonly body?: Buffer;
}

/** How the length of a body is told: by a header, in chunks, or by the end of the connection alone, as Debian's Glance does. */
export type Framing = 'length' | 'chunked' | 'close';

/** An image service with one image, over real HTTP, whose answers have flaws as a test says. */
export class FlawedImageServer {
  bytes: Buffer = Buffer.alloc(0);
  framing: Framing = 'length';
  /** Without ranges, a question for one is answered with this status: with 200, the whole image follows. */
  withoutRanges: 200 | 400 | 416 | undefined;
  /** One for each answer that brings bytes, in turn; answers without an entry have none. */
  flaws: Flaw[] = [];
  contentMd5: string | undefined;
  /** Where each question wanted to begin. */
  asked: number[] = [];
  /** Answers that are neither complete nor broken off. */
  readonly underWay = new Set<ServerResponse>();
  readonly sockets = new Set<Socket>();
  private readonly server = createServer((request, response) => this.answer(request, response));

  static async start(): Promise<FlawedImageServer> {
    const flawed = new FlawedImageServer();
    flawed.server.listen(0, '127.0.0.1');
    await once(flawed.server, 'listening');
    flawed.server.on('connection', (socket) => {
      flawed.sockets.add(socket);
      socket.once('close', () => flawed.sockets.delete(socket));
    });
    return flawed;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** A server without flaws, for these bytes. */
  reset(bytes: Buffer): void {
    const sound = { framing: 'length', withoutRanges: undefined, contentMd5: undefined } as const;
    Object.assign(this, { bytes, flaws: [], asked: [], ...sound });
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    this.underWay.add(response);
    response.once('close', () => this.underWay.delete(response)).on('error', () => undefined);
    response.useChunkedEncodingByDefault = this.framing !== 'close';
    const fromByte = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    this.asked.push(fromByte);
    if (fromByte > 0 && this.withoutRanges) return this.refuseRange(response, this.withoutRanges);
    const flaw = this.flaws.shift() ?? {};
    if (flaw.isSilent) return;
    if (flaw.status !== undefined) return void response.writeHead(flaw.status, flaw.headers).end();
    const { body = this.bytes.subarray(fromByte) } = flaw;
    const headers = { ...this.framed(body), ...this.hashed(), ...this.ranged(fromByte), ...flaw.headers };
    response.writeHead(fromByte > 0 ? 206 : 200, headers);
    this.send(response, body, flaw);
  }

  private refuseRange(response: ServerResponse, status: 200 | 400 | 416): void {
    if (status === 200) response.writeHead(200, this.framed(this.bytes)).end(this.bytes);
    else response.writeHead(status).end('<html>no ranges</html>');
  }

  private send(response: ServerResponse, body: Buffer, { cutAfterBytes, stallAfterBytes }: Flaw): void {
    const sent = body.subarray(0, cutAfterBytes ?? stallAfterBytes);
    response.flushHeaders();
    if (cutAfterBytes === undefined && stallAfterBytes === undefined) return void response.end(sent);
    if (sent.length > 0) response.write(sent);
    if (cutAfterBytes !== undefined) response.socket?.destroySoon();
  }

  private framed(body: Buffer): OutgoingHttpHeaders {
    if (this.framing === 'length') return { 'content-length': body.length };
    return this.framing === 'close' ? { connection: 'close' } : {};
  }

  private hashed(): OutgoingHttpHeaders {
    return this.contentMd5 === undefined ? {} : { 'content-md5': this.contentMd5 };
  }

  private ranged(fromByte: number): OutgoingHttpHeaders {
    const { length } = this.bytes;
    return fromByte === 0 ? {} : { 'content-range': `bytes ${fromByte}-${length - 1}/${length}` };
  }
}
