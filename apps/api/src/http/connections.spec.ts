import { EventEmitter } from 'node:events';
import { IncomingMessage, type Server, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { Connections } from './connections';

const limits = { connectionsMax: 10, answerTimeoutMs: 20_000 };
const lookMs = 5_000;
beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

/** A connection whose client has sent a request but for the end of its body, and reads nothing. */
function slowClient() {
  const server = new EventEmitter();
  const connections = new Connections(limits, () => undefined);
  connections.watch(server as Server);
  const socket = Object.assign(new Socket(), { _write: () => undefined, _writev: () => undefined });
  const request = new IncomingMessage(socket);
  const response = new ServerResponse(request);
  response.assignSocket(socket);
  server.emit('connection', socket);
  server.emit('request', request, response);
  return { connections, socket, request, response };
}

describe('an end of the server', () => {
  test('gives a client that took its time with its request as long for reading the answer as any other', () => {
    const { connections, socket, request, response } = slowClient();
    connections.end();
    jest.advanceTimersByTime(lookMs);
    request.complete = true;
    jest.advanceTimersByTime(3 * lookMs);
    response.end('done');
    jest.advanceTimersByTime(lookMs);
    expect(socket.destroyed).toBe(false);
    jest.advanceTimersByTime(lookMs);
    expect(socket.destroyed).toBe(true);
  });

  test('does so where the whole request and its answer came between two looks', () => {
    const { connections, socket, request, response } = slowClient();
    connections.end();
    jest.advanceTimersByTime(lookMs);
    request.complete = true;
    response.end('done');
    jest.advanceTimersByTime(lookMs);
    expect(socket.destroyed).toBe(false);
    jest.advanceTimersByTime(lookMs);
    expect(socket.destroyed).toBe(true);
  });
});
