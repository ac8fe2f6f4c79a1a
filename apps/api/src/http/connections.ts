import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { faultAnswer, unavailable } from '@hearth/cinder-v3';
import type { HttpLimits } from './http.config';
import { answerOfClientError, sayLast } from './say-last';

/** How often it is looked at who reads slowly. */
const sweepMs = 5_000;

/**
 * Bounds what clients hold open: how many connections, and how long an answer waits to be read. One that sends no request makes room for
 * one that comes, the longest idle first; so whoever asks at once, as a health probe does, is heard however many sit there.
 */
export class Connections {
  private readonly open = new Set<Socket>();
  /** Those that wait for a request or are sending its head; who has done so longest comes first. */
  private readonly idle = new Set<Socket>();
  private readonly busy = new Map<Socket, number>();
  /** Those that were told that they end. */
  private readonly ended = new WeakSet<Socket>();
  /** Answers under way, and since when the client could have had all of them. */
  private readonly answers = new Map<ServerResponse, number | undefined>();

  constructor(
    private readonly limits: Pick<HttpLimits, 'connectionsMax' | 'answerTimeoutMs'>,
    private readonly refused: (reason: 'connections' | 'slow_reader') => void,
  ) {}

  get count(): number {
    return this.open.size;
  }

  /** Watches a server until it closes. */
  watch(server: Server): void {
    server.on('connection', (socket: Socket) => this.opened(socket));
    server.prependListener('request', (request: IncomingMessage, response: ServerResponse) =>
      this.asked(request.socket, response),
    );
    const timer = setInterval(() => this.closeSlowReaders(), Math.min(sweepMs, this.limits.answerTimeoutMs)).unref();
    server.once('close', () => clearInterval(timer));
  }

  /** A client sent what is no request, or took too long; says so, unless an answer to something else is due on the connection. */
  failed(socket: Socket, code: string | undefined): void {
    if (code === 'ECONNRESET' || this.ended.has(socket)) return;
    this.ended.add(socket);
    const due = [...this.answers.keys()].filter((response) => response.req.socket === socket);
    const isOwn = due.every((response) => !response.req.complete && !response.headersSent);
    if (socket.writable && due.length <= 1 && isOwn) sayLast(socket, answerOfClientError(code));
    else socket.destroy();
  }

  private opened(socket: Socket): void {
    if (this.open.size >= this.limits.connectionsMax && !this.makeRoom()) {
      const { fault } = unavailable('As many connections as can be are open. Please try again.');
      return sayLast(socket, faultAnswer(fault));
    }
    this.open.add(socket);
    this.idle.add(socket);
    socket.once('close', () => {
      this.open.delete(socket);
      this.idle.delete(socket);
      this.busy.delete(socket);
    });
  }

  private makeRoom(): boolean {
    this.refused('connections');
    const [longest] = this.idle;
    if (!longest) return false;
    this.open.delete(longest);
    this.idle.delete(longest);
    longest.destroy();
    return true;
  }

  private asked(socket: Socket, response: ServerResponse): void {
    this.idle.delete(socket);
    this.busy.set(socket, (this.busy.get(socket) ?? 0) + 1);
    this.answers.set(response, undefined);
    response.once('close', () => {
      this.answers.delete(response);
      const left = (this.busy.get(socket) ?? 1) - 1;
      if (left > 0) return void this.busy.set(socket, left);
      this.busy.delete(socket);
      if (this.open.has(socket)) this.idle.add(socket);
    });
  }

  private closeSlowReaders(): void {
    const nowMs = performance.now();
    for (const [response, sinceMs] of this.answers) {
      // One that waits behind another answer on its connection has no socket yet.
      if (!response.writableEnded || !response.socket) continue;
      if (sinceMs === undefined) this.answers.set(response, nowMs);
      else if (nowMs - sinceMs >= this.limits.answerTimeoutMs) {
        this.refused('slow_reader');
        response.socket.destroy();
      }
    }
  }
}
