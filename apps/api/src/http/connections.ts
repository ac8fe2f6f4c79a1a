import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { faultAnswer, unavailable } from '@hearth/cinder-v3';
import type { HttpLimits } from './http.config';
import { answerOfClientError, sayLast } from './say-last';

/** How often it is looked at who reads slowly. */
const sweepMs = 5_000;

/** How long an end waits for a client that is sending a request or reading an answer, between two looks. */
const endPatienceMs = 5_000;

/** What an answer waits for its client to do, and since when, in ms. */
interface Wait {
  readonly for: 'request' | 'reader';
  readonly sinceMs: number;
}

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
  private isEnding = false;
  /** Answers under way, those of a connection in their order, and how long they have been waiting for their client. */
  private readonly answers = new Map<ServerResponse, Wait | undefined>();

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
    const timer = setInterval(() => this.closeSlow(), Math.min(sweepMs, this.limits.answerTimeoutMs)).unref();
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

  /**
   * The server is closing: connections without a request are closed now, the others once they are answered. Node leaves those that
   * never sent anything, and looks no more at who sends slowly.
   */
  end(): void {
    this.isEnding = true;
    for (const socket of this.idle) socket.destroy();
    // The last on each: Node sends none that are due behind one that says so.
    const last = new Map([...this.answers.keys()].map((response) => [response.req.socket, response]));
    for (const response of last.values()) response.shouldKeepAlive = false;
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
      // Clients may keep theirs longer than an end may take.
      if (this.isEnding) return void socket.destroySoon();
      if (this.open.has(socket)) this.idle.add(socket);
    });
  }

  private closeSlow(): void {
    const nowMs = performance.now();
    const { answerTimeoutMs } = this.limits;
    const patienceMs = this.isEnding ? Math.min(endPatienceMs, answerTimeoutMs) : answerTimeoutMs;
    for (const [response, wait] of this.answers) {
      const waitsFor = this.waitOf(response);
      if (!waitsFor) this.answers.set(response, undefined);
      else if (wait?.for !== waitsFor) this.answers.set(response, { for: waitsFor, sinceMs: nowMs });
      else if (nowMs - wait.sinceMs >= patienceMs) {
        if (waitsFor === 'reader') this.refused('slow_reader');
        response.req.socket.destroy();
      }
    }
  }

  private waitOf(response: ServerResponse): Wait['for'] | undefined {
    // One that waits behind another answer on its connection has no socket yet.
    if (response.writableEnded && response.socket !== null) return 'reader';
    return this.isEnding && !response.req.complete ? 'request' : undefined;
  }
}
