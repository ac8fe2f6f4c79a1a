import { faultAnswer, type HttpAnswer } from '@hearth/cinder-v3';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

/** How long a client has to hear why its connection ends. */
const lingerMs = 1_000;

/** Answers on a connection that has no request of its own to answer, and closes it. What still arrives is thrown away. */
export function sayLast(socket: Socket, { status, headers, body }: HttpAnswer): void {
  const text = JSON.stringify(body);
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Connection: close',
  ];
  const timer = setTimeout(() => socket.destroy(), lingerMs).unref();
  socket.once('close', () => clearTimeout(timer));
  socket.on('error', () => socket.destroy());
  socket.resume();
  socket.end(`${lines.join('\r\n')}\r\n\r\n${text}`);
}

/** What a client is told that sends no request of HTTP, or too slowly. */
export function answerOfClientError(code: string | undefined): HttpAnswer {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return faultAnswer({ status: 408, message: 'The request took too long to arrive.' });
    case 'HPE_HEADER_OVERFLOW':
      return faultAnswer({ status: 431, message: 'The head of the request is too large.' });
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return faultAnswer({ status: 413, message: 'Request is too large.', retryAfterSeconds: 0 });
    default:
      return faultAnswer({ status: 400, message: 'Malformed request' });
  }
}
