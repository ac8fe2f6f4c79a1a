import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { exchange } from './exchange';
import type { FuzzRequest } from './fuzz-request';

const request: FuzzRequest = {
  name: 'x',
  bearer: 'member',
  method: 'POST',
  target: '/x',
  headers: [['Host', 'blocks']],
  body: Buffer.from('{}'),
  slow: false,
  wellFormed: true,
  isAsNamed: true,
};

const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

/** A server that does with each connection what a test says, once something has come. */
async function answering(answer: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => socket.on('error', () => undefined).once('data', () => answer(socket)));
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('an answer is read to its end, in chunks too', async () => {
  const head = 'HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';
  const url = await answering((socket) => socket.end(`${head}5\r\n{"a":\r\n3\r\n"b"\r\n1\r\n}\r\n0\r\n\r\n`));
  expect(await exchange(url, request)).toMatchObject({ status: 202, body: '{"a":"b"}', isWhole: true });
});

test('what comes behind "100 Continue" is the answer', async () => {
  const url = await answering((socket) => socket.end('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n'));
  expect(await exchange(url, request)).toMatchObject({ status: 204, body: '' });
});

test.each([
  ['HTTP/1.1 200 OK\r\nContent-Le', 'GET', false],
  ['HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"\u00e9"', 'GET', true],
  ['HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"a":', 'GET', false],
  ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n', 'GET', false],
  ['HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n', 'HEAD', true],
  ['HTTP/1.1 204 No Content\r\n\r\n', 'DELETE', true],
])('of %j to %s it is told whether all has come', async (text, method, isWhole) => {
  const url = await answering((socket) => socket.end(text));
  expect(await exchange(url, { ...request, method })).toMatchObject({ isWhole });
});

test('a connection that ends or is reset without an answer is closed, and nothing is thrown', async () => {
  expect(await exchange(await answering((socket) => socket.end()), request)).toBe('closed');
  expect(await exchange(await answering((socket) => socket.resetAndDestroy()), request)).toBe('closed');
});
