import { type IncomingMessage, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KeystoneError } from '../keystone/keystone-error';
import { GlanceImageService, type GlanceOptions } from './glance.image-service';
import type { ImageServiceError } from './image-service';

const id = '533ef249-e7e6-476f-ae5c-155c354defa4';
const bytes = Buffer.from('the bytes of an image');
let asked: IncomingMessage[];
/** The tokens that the image service takes. */
let taken: Set<string>;
const server = createServer((request, response) => {
  asked.push(request);
  if (!taken.has(String(request.headers['x-auth-token']))) return void response.writeHead(401).end('<html>secret page');
  response.end(bytes);
});
const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const services: GlanceImageService[] = [];

/** Gives `service-1`, and after each refusal the next one. */
function tokens() {
  let nth = 1;
  return async (refused?: string) => {
    if (refused === `service-${nth}`) nth += 1;
    return `service-${nth}`;
  };
}

function glance(options: Partial<GlanceOptions> = {}): GlanceImageService {
  const service = new GlanceImageService({ endpoints: [url()], token: tokens(), retryWaitMs: 1, ...options });
  services.push(service);
  return service;
}

beforeAll(() => new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve)));
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  asked = [];
  taken = new Set(['service-1', 'tenant']);
});
afterEach(() => Promise.all(services.splice(0).map((service) => service.close())));

const sent = () => asked.map(({ headers }) => headers['x-auth-token']);

async function read(service: GlanceImageService, token?: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of (await service.open(id, { token })).chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

async function errorOf(work: Promise<unknown>): Promise<ImageServiceError> {
  return work.then(
    () => Promise.reject(new Error('it did not fail')),
    (reason: ImageServiceError) => reason,
  );
}

test('a service asks with its own token', async () => {
  expect(await read(glance())).toEqual(bytes);
  expect(sent()).toEqual(['service-1']);
});

test('a question that brings a token is put with that one, which is not renewed', async () => {
  expect(await read(glance(), 'tenant')).toEqual(bytes);
  expect((await errorOf(read(glance(), 'stranger'))).problem).toBe('forbidden');
  expect(sent()).toEqual(['tenant', 'stranger']);
});

test('a token that is not taken any more is replaced, and the question put again', async () => {
  const service = glance();
  await read(service);
  taken = new Set(['service-2']);
  expect(await read(service)).toEqual(bytes);
  expect(await read(service)).toEqual(bytes);
  expect(sent()).toEqual(['service-1', 'service-1', 'service-2', 'service-2']);
});

test('who is not let in with the new token either, may not read the image', async () => {
  taken.clear();
  const { problem, message } = await errorOf(read(glance()));
  expect(problem).toBe('forbidden');
  expect(message).not.toMatch(/service-\d|secret page/);
  expect(sent()).toEqual(['service-1', 'service-2']);
});

test('without a token that could be had, nothing is asked: the service is away', async () => {
  const token = () => Promise.reject(new Error('no Keystone'));
  const { problem, message } = await errorOf(read(glance({ token, retriesMax: 0 })));
  expect([problem, message]).toEqual(['away', expect.stringMatching(/no token could be had .*: no Keystone/)]);
  expect(asked).toEqual([]);
});

test('the endpoint is looked up for each question, with or without its version', async () => {
  const found = [`${url()}/image/v2`, `${url()}/`];
  const service = glance({ endpoints: async () => [found.shift() ?? ''] });
  await read(service);
  await read(service);
  expect(asked.map((request) => request.url)).toEqual([`/image/v2/images/${id}/file`, `/v2/images/${id}/file`]);
});

test.each([
  ['that nobody knows', () => Promise.reject(new KeystoneError('no-endpoint', 'the catalogue has no image'))],
  ['of which there is none', async () => []],
  ['that is no URL', async () => ['nonsense']],
])('an endpoint %s is a service that is away', async (_, endpoints) => {
  const { problem, message } = await errorOf(read(glance({ endpoints })));
  expect([problem, message]).toEqual(['away', expect.stringContaining('no image service is known')]);
});
