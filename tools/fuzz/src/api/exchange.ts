import { connect, type Socket } from 'node:net';
import type { FuzzRequest } from './fuzz-request';

/** What came back. */
export interface FuzzAnswer {
  readonly status: number;
  /** Names in lower case; the last of each. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** All of the body came that was announced. */
  readonly isWhole: boolean;
  readonly elapsedMs: number;
}

/** `closed`: the connection ended without an answer; `silent`: nothing came in time. */
export type Exchanged = FuzzAnswer | 'closed' | 'silent';

const answerMs = 20_000;
/** A slow client's patience: shorter than what it is given. */
const slowMs = 3_000;
const pieceMs = 100;

/** Sends a request on a connection of its own, byte by byte as it stands, and reads the answer to its end. */
export async function exchange(url: string, request: FuzzRequest): Promise<Exchanged> {
  const { hostname, port } = new URL(url);
  const startedAt = Date.now();
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.on('error', () => undefined).on('data', (chunk) => chunks.push(chunk));
  // A connection that is reset is one that has ended: what came before counts.
  const ended = new Promise((resolve) => socket.once('close', resolve));
  const head = headOf(request);
  if (request.slow) void sendSlowly(socket, head, request.body ?? Buffer.alloc(0));
  else socket.write(Buffer.concat([head, request.body ?? Buffer.alloc(0)]));
  const timer = setTimeout(() => socket.destroy(), request.slow ? slowMs : answerMs);
  await ended;
  clearTimeout(timer);
  const elapsedMs = Date.now() - startedAt;
  const bytes = Buffer.concat(chunks);
  if (bytes.length > 0) return answerOf(bytes, request.method, elapsedMs);
  return elapsedMs >= answerMs ? 'silent' : 'closed';
}

function headOf({ method, target, headers, body }: FuzzRequest): Buffer {
  const length = body === undefined ? [] : [['Content-Length', String(body.length)]];
  const lines = [
    `${method} ${target} HTTP/1.1`,
    ...[...headers, ...length, ['Connection', 'close']].map(([name, value]) => `${name}: ${value}`),
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'utf8');
}

async function sendSlowly(socket: Socket, head: Buffer, body: Buffer): Promise<void> {
  const bytes = Buffer.concat([head, body]);
  const piece = Math.max(1, Math.ceil(bytes.length / 40));
  for (let at = 0; at < bytes.length && socket.writable; at += piece) {
    socket.write(bytes.subarray(at, at + piece));
    await new Promise((resolve) => setTimeout(resolve, pieceMs));
  }
}

function answerOf(bytes: Buffer, method: string, elapsedMs: number): FuzzAnswer {
  // What comes after the headers of a `100 Continue` is the answer.
  const start = bytes.toString('latin1', 0, 12) === 'HTTP/1.1 100' ? bytes.indexOf(headEnd) + headEnd.length : 0;
  const end = bytes.indexOf(headEnd, start);
  const [statusLine = '', ...lines] = bytes.toString('utf8', start, end < 0 ? undefined : end).split('\r\n');
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  const raw = end < 0 ? Buffer.alloc(0) : bytes.subarray(end + headEnd.length);
  const isChunked = headers.get('transfer-encoding') === 'chunked';
  const announced = isChunked || method === 'HEAD' ? 0 : Number(headers.get('content-length') ?? 0);
  const text = raw.toString('utf8');
  return {
    status: Number(statusLine.split(' ')[1] ?? 0),
    headers,
    body: isChunked ? withoutChunks(text) : text,
    isWhole: end >= 0 && raw.length >= announced && (!isChunked || text.endsWith('0\r\n\r\n')),
    elapsedMs,
  };
}

const headEnd = '\r\n\r\n';

/** Lengths of chunks count bytes, and what is looked at are texts: the lines between them are taken out. */
function withoutChunks(raw: string): string {
  return raw.replace(/(^|\r\n)[0-9a-f]+\r\n/gi, '').replace(/\r\n$/, '');
}
