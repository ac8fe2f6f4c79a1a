import { FaultError } from '@hearth/cinder-v3';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { imageId } from '../testing/volume-rows';
import { glanceImageLookup } from './glance.image-lookup';

const record = {
  id: imageId,
  name: 'tiny',
  status: 'active',
  updated_at: '2026-11-20T00:00:00Z',
  size: 5,
  virtual_size: null,
  checksum: 'c',
  os_hash_algo: 'sha512',
  os_hash_value: 'h',
  disk_format: 'qcow2',
  container_format: 'bare',
  visibility: 'public',
  owner: 'demo',
  min_disk: 1,
  min_ram: 2,
  tags: ['a'],
  protected: false,
  os_distro: 'debian',
  os_glance_import_task: 'x',
  self: '/v2/images/x',
};

interface Asked {
  readonly url: string;
  readonly token: unknown;
}

let server: Server;
let asked: Asked[];
let answers: { status: number; body: unknown }[];

beforeEach(async () => {
  asked = [];
  answers = [];
  server = createServer((request, response) => {
    asked.push({ url: request.url!, token: request.headers['x-auth-token'] });
    const { status, body } = answers.shift() ?? { status: 404, body: {} };
    response.writeHead(status, { 'content-type': 'application/json', location: '/elsewhere' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const lookup = (glanceUrl = [url()]) => glanceImageLookup({ glanceUrl, glanceRetriesMax: 1, glanceTimeoutMs: 2_000 });

async function faultOf(promise: Promise<unknown>) {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  if (!(error instanceof FaultError)) throw new Error('no fault was thrown', { cause: error });
  return error;
}

test("an id, or a URL that ends in one, is shown with the caller's token", async () => {
  answers = [
    { status: 200, body: record },
    { status: 200, body: record },
  ];
  const seen = await lookup().resolve(imageId, 'demo:ann:member');
  await lookup().resolve(`http://glance.example.org/v2/images/${imageId.toUpperCase()}`, 'demo:ann:member');
  expect(seen).toMatchObject({
    status: 'active',
    identity: { id: imageId, sizeBytes: 5, virtualSizeBytes: null, minDiskGib: 1, minRamMib: 2, diskFormat: 'qcow2' },
  });
  expect(seen.identity.properties).toEqual({ os_distro: 'debian' });
  expect(asked).toEqual(Array(2).fill({ url: `/v2/images/${imageId}`, token: 'demo:ann:member' }));
});

test('a name is looked for, and compared', async () => {
  answers = [{ status: 200, body: { images: [{ ...record, name: 'other' }, record] } }];
  expect(await lookup().resolve('tiny', 't')).toMatchObject({ identity: { id: imageId } });
  expect(asked[0]?.url).toBe('/v2/images?name=tiny&limit=2');
});

test('a name that two images have is a conflict', async () => {
  answers = [{ status: 200, body: { images: [record, record] } }];
  expect((await faultOf(lookup().resolve('tiny', 't'))).fault).toMatchObject({
    status: 409,
    message: "Multiple matches found for 'tiny', use an ID to be more specific.",
  });
});

test.each([401, 403, 404])('an image that answers %i is unknown to the caller', async (status) => {
  answers = [{ status, body: {} }];
  expect((await faultOf(lookup().resolve(imageId, 't'))).fault.status).toBe(400);
  expect(asked).toHaveLength(1);
});

test('a name that no image has is unknown', async () => {
  answers = [{ status: 200, body: { images: [] } }];
  expect((await faultOf(lookup().resolve('nobody', 't'))).fault.status).toBe(400);
});

test('a service that fails once is asked again', async () => {
  answers = [
    { status: 503, body: {} },
    { status: 200, body: record },
  ];
  expect(await lookup().resolve(imageId, 't')).toMatchObject({ status: 'active' });
});

test.each([
  ['fails', { status: 500, body: {} }],
  ['redirects', { status: 302, body: {} }],
  ['answers with no JSON', { status: 200, body: '<html>' }],
  ['answers with no image', { status: 200, body: { id: 'x' } }],
])('a service that %s is away', async (_what, answer) => {
  answers = [answer, answer];
  expect((await faultOf(lookup().resolve(imageId, 'secret'))).fault).toMatchObject({
    status: 503,
    retryAfterSeconds: 1,
  });
});

test('when nobody listens the next endpoint is asked, and the reason names the host', async () => {
  const closed = 'http://127.0.0.1:9';
  answers = [{ status: 200, body: record }];
  expect(await lookup([closed, url()]).resolve(imageId, 't')).toMatchObject({ status: 'active' });
  const fault = await faultOf(lookup([closed]).resolve(imageId, 't'));
  expect([fault.fault.status, String((fault.cause as Error).message)]).toEqual([
    503,
    expect.stringContaining('127.0.0.1:9'),
  ]);
});
