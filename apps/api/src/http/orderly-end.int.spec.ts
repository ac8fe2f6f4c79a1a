import { eventually } from '@hearth/testing';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { RawClient } from '../testing/raw-client';
import { ApiAdapter } from './api.adapter';
import { httpConfig } from './http.config';

let adapter: ApiAdapter;
let asked: Promise<void>;
let answer: () => void;
/** Requests that have come so far. */
let taken: number;
/** More than the sockets between us take at once. */
const largeBytes = 2 ** 23;
const opened: RawClient[] = [];

/** The web server alone, with one request that is answered when the test wants it. */
beforeEach(async () => {
  adapter = new ApiAdapter({ ...z.object(httpConfig).parse({}), answerTimeoutMs: 500 });
  const instance = adapter.getInstance();
  const answered = new Promise<void>((resolve) => (answer = resolve));
  taken = 0;
  asked = new Promise<void>((resolve) => {
    instance.addHook('onRequest', async ({ url }) => {
      taken += 1;
      if (url !== '/fast') resolve();
    });
    instance.get('/slow', async () => {
      await answered;
      return 'done\n';
    });
  });
  instance.post('/read', () => 'done\n');
  instance.get('/fast', () => 'done\n');
  instance.get('/large', () => 'l'.repeat(largeBytes));
  await instance.listen({ port: 0, host: '127.0.0.1' });
});
afterEach(() => opened.splice(0).forEach((one) => one.end()));

async function client(): Promise<RawClient> {
  const { port } = adapter.getInstance().server.address() as AddressInfo;
  const one = await RawClient.connect(`http://127.0.0.1:${port}`);
  opened.push(one);
  return one;
}

const get = (path: string) => [`GET ${path} HTTP/1.1`, 'Host: api', '', ''];

test('an end waits for the answers that are due, and not for the clients that keep their connections', async () => {
  const [waiting, idle, silent] = await Promise.all([client(), client(), client()]);
  idle.send(...get('/fast'));
  await eventually(() => idle.statuses.length === 1);
  waiting.send(...get('/slow'));
  await asked;
  const ended = adapter.close();
  await Promise.all([idle.closed, silent.closed]);
  expect(waiting.statuses).toEqual([]);
  answer();
  await Promise.all([waiting.closed, ended]);
  expect(waiting.statuses).toEqual([200]);
}, 20_000);

test('an answer that is being read at the end is read to its end', async () => {
  const reader = await client();
  reader.socket.pause();
  reader.send(...get('/large'));
  await asked;
  const ended = adapter.close();
  await new Promise((resolve) => setImmediate(resolve));
  reader.socket.resume();
  await Promise.all([reader.closed, ended]);
  expect(reader.received.split('\r\n\r\n')[1]!.length).toBe(largeBytes);
}, 20_000);

test('all requests of a connection that were taken are answered before it ends', async () => {
  const pipelining = await client();
  pipelining.send(...get('/slow').slice(0, -1), ...get('/slow').slice(0, -1), ...get('/fast'));
  await eventually(() => taken === 3);
  const ended = adapter.close();
  answer();
  await Promise.all([pipelining.closed, ended]);
  expect(pipelining.statuses).toEqual([200, 200, 200]);
}, 20_000);

test('an end does not wait for ever for a request that does not come', async () => {
  const [head, body] = await Promise.all([client(), client()]);
  head.send('GET /fast HTTP/1.1', 'Host:');
  body.send('POST /read HTTP/1.1', 'Host: api', 'Content-Type: application/json', 'Content-Length: 9', '', '{');
  await asked;
  await adapter.close();
  expect([head.statuses, body.statuses]).toEqual([[], []]);
}, 20_000);
