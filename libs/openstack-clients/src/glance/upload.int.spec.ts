import { Readable } from 'node:stream';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ImageUploadError } from './upload';
import { GlanceImageUpload, type GlanceUploadOptions } from './upload.glance';

const imageId = '30000000-0000-4000-8000-000000000001';
const record = (status: string) => JSON.stringify({ id: imageId, status, updated_at: '2026-01-02T03:04:05Z' });

type Answer = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** What is asked for, and with which token. */
let asked: {
  readonly what: string;
  readonly token: string | undefined;
  readonly headers: IncomingMessage['headers'];
}[];
let answers: Record<string, Answer>;
let received: Buffer;
const sockets = new Set<{ destroy(): void }>();
const server = createServer((request, response) => {
  const what = `${request.method} ${request.url?.replace(imageId, 'ID')}`;
  asked.push({ what, token: request.headers['x-auth-token'] as string | undefined, headers: request.headers });
  const answer = answers[what];
  if (!answer) return void response.writeHead(418).end();
  void Promise.resolve(answer(request, response)).catch(() => request.destroy());
});
server.on('connection', (socket) => {
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
});
let upload: GlanceImageUpload;

beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  asked = [];
  received = Buffer.alloc(0);
  answers = {
    'GET /v2/images/ID': (_, response) => void response.end(record('queued')),
    'PUT /v2/images/ID/file': async (request, response) => {
      for await (const piece of request) received = Buffer.concat([received, piece as Buffer]);
      response.writeHead(204).end();
    },
  };
  upload = open();
});
afterEach(async () => {
  await upload.close();
  for (const socket of sockets) socket.destroy();
});

const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const open = (options: Partial<GlanceUploadOptions> = {}) =>
  new GlanceImageUpload({ endpoints: [url()], token: () => Promise.resolve('service'), retryWaitMs: 1, ...options });
const status =
  (code: number, said = ''): Answer =>
  (_, response) =>
    void response.writeHead(code).end(said);

/** So many pieces of 64 KiB; tells how many were asked for. */
function pieces(count: number) {
  const taken = { count: 0, ended: false };
  async function* make(): AsyncGenerator<Buffer> {
    try {
      for (; taken.count < count; taken.count += 1) yield Buffer.alloc(64 * 1024, taken.count % 251);
    } finally {
      taken.ended = true;
    }
  }
  return Object.assign(make(), { taken });
}
const problemOf = async (work: Promise<unknown>) =>
  work.then(
    () => 'no problem',
    (error: unknown) => (error instanceof ImageUploadError ? error.problem : error),
  );

describe('the bytes of an image', () => {
  test('come as they are, announced by their size, with the token of the service', async () => {
    await upload.put(imageId, pieces(40), { sizeBytes: 40 * 64 * 1024 });
    expect(received.equals(Buffer.concat(Array.from({ length: 40 }, (_, at) => Buffer.alloc(65536, at))))).toBe(true);
    expect(asked.map(({ what, token }) => [what, token])).toEqual([
      ['GET /v2/images/ID', 'service'],
      ['PUT /v2/images/ID/file', 'service'],
    ]);
    expect(asked[1]!.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': String(40 * 64 * 1024),
      'x-openstack-image-size': String(40 * 64 * 1024),
    });
  });

  test('of which nobody knows how many there are come in chunks that a service behind uwsgi takes', async () => {
    await upload.put(imageId, Readable.from([Buffer.alloc(3 * 2 ** 20, 7)]));
    expect(received.equals(Buffer.alloc(3 * 2 ** 20, 7))).toBe(true);
    expect(asked[1]!.headers).toMatchObject({ 'transfer-encoding': 'chunked' });
  });

  test('of an empty file are none', async () => {
    await upload.put(imageId, pieces(0));
    expect(received).toHaveLength(0);
    expect(asked.at(-1)!.what).toBe('PUT /v2/images/ID/file');
  });

  test('are not read ahead of a service that takes none, and end with a service that takes none for long', async () => {
    let left: () => void = () => undefined;
    answers['PUT /v2/images/ID/file'] = (request) =>
      new Promise<void>((resolve) => (left = resolve)).finally(() => request.destroy());
    upload = open({ stallTimeoutMs: 50 });
    const bytes = pieces(100_000);
    expect(await problemOf(upload.put(imageId, bytes))).toBe('broken');
    expect(bytes.taken.count).toBeLessThan(1_000);
    expect(bytes.taken.ended).toBe(true);
    left();
  });

  test('are not sent on when the answer comes before their end', async () => {
    answers['PUT /v2/images/ID/file'] = (request, response) => {
      request.once('data', () => void response.writeHead(413).end('<h1>413</h1> Image storage media is full'));
    };
    const bytes = pieces(100_000);
    const error = await upload.put(imageId, bytes).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      problem: 'refused',
      message: expect.stringContaining('Image storage media is full'),
    });
    expect(bytes.taken.count).toBeLessThan(100_000);
    expect(bytes.taken.ended).toBe(true);
  });

  test('whose source fails leave the service in the middle of a body', async () => {
    let whole: boolean | undefined;
    const seen = new Promise<void>((resolve) => {
      answers['PUT /v2/images/ID/file'] = (request, response) => {
        request.resume();
        request.once('end', () => void response.writeHead(204).end());
        request.once('close', () => {
          whole = request.complete;
          resolve();
        });
      };
    });
    const failure = new Error('the backend is gone');
    async function* bytes() {
      yield Buffer.alloc(100);
      await new Promise((resolve) => setImmediate(resolve));
      throw failure;
    }
    await expect(upload.put(imageId, bytes())).rejects.toBe(failure);
    await seen;
    expect(whole).toBe(false);
  });

  test('end when they are called off', async () => {
    answers['PUT /v2/images/ID/file'] = (request) => void request.resume();
    const calledOff = new AbortController();
    async function* bytes() {
      yield Buffer.alloc(100);
      calledOff.abort(new Error('the process ends'));
      await new Promise((resolve) => setImmediate(resolve));
      yield Buffer.alloc(100);
    }
    await expect(upload.put(imageId, bytes(), { signal: calledOff.signal })).rejects.toThrow('the process ends');
  });

  test.each([
    [404, 'not-found'],
    [410, 'not-found'],
    [403, 'forbidden'],
    [409, 'refused'],
    [415, 'refused'],
    [503, 'away'],
  ])('that are answered with %i are %s', async (code, problem) => {
    answers['PUT /v2/images/ID/file'] = status(code);
    expect(await problemOf(upload.put(imageId, pieces(1)))).toBe(problem);
  });

  test('wait only so long for an answer', async () => {
    answers['PUT /v2/images/ID/file'] = (request) => void request.resume();
    upload = open({ answerTimeoutMs: 50 });
    expect(await problemOf(upload.put(imageId, pieces(1)))).toBe('broken');
  });
});

describe('a token', () => {
  test('that is refused is renewed before the bytes are sent', async () => {
    answers['GET /v2/images/ID'] = (request, response) =>
      request.headers['x-auth-token'] === 'old' ? status(401)(request, response) : void response.end(record('queued'));
    let token = 'old';
    upload = open({ token: async (refused) => (token = refused === token ? 'new' : token) });
    await upload.put(imageId, pieces(2));
    expect(asked.map((one) => one.token)).toEqual(['old', 'new', 'new']);
    expect(received).toHaveLength(2 * 65536);
  });

  test('that cannot be had is a service that is away', async () => {
    upload = open({ token: () => Promise.reject(new Error('Keystone is away')) });
    expect(await problemOf(upload.show(imageId))).toBe('away');
  });

  test('is not sent where none is configured', async () => {
    upload = open({ token: undefined });
    await upload.show(imageId);
    expect(asked[0]!.token).toBeUndefined();
  });
});

describe('the record', () => {
  test('tells the status and the hash', async () => {
    expect(await upload.show(imageId)).toMatchObject({
      status: 'queued',
      identity: { id: imageId, osHashValue: null },
    });
  });

  test('that is none is nonsense', async () => {
    answers['GET /v2/images/ID'] = (_, response) => void response.end('hello');
    expect(await problemOf(upload.show(imageId))).toBe('nonsense');
  });

  test('of a server that is not there', async () => {
    upload = open({ endpoints: () => Promise.resolve(['http://127.0.0.1:1']) });
    expect(await problemOf(upload.show(imageId))).toBe('away');
  });

  test('is removed, or was removed already', async () => {
    for (const code of [204, 404]) {
      answers['DELETE /v2/images/ID'] = status(code);
      expect(await problemOf(upload.remove(imageId))).toBe('no problem');
    }
    answers['DELETE /v2/images/ID'] = status(403);
    expect(await problemOf(upload.remove(imageId))).toBe('forbidden');
  });
});

describe('a location', () => {
  test.each([
    [202, undefined, true],
    [404, 200, true],
    [403, 200, true],
    [404, 403, false],
    [409, 409, false],
  ])('by the call for services (%i), else by a change of the record (%s)', async (post, patch, added) => {
    answers['POST /v2/images/ID/locations'] = status(post);
    answers['PATCH /v2/images/ID'] = status(patch ?? 500);
    expect(await upload.addLocation(imageId, 'cinder://fast/1')).toBe(added);
    expect(asked).toHaveLength(patch === undefined ? 1 : 2);
  });

  test('is neither given nor refused by a service that is away', async () => {
    answers['POST /v2/images/ID/locations'] = status(503);
    expect(await problemOf(upload.addLocation(imageId, 'cinder://fast/1'))).toBe('away');
  });
});

describe('where the bytes of an image are', () => {
  const place = 'cinder://fast/40000000-0000-4000-8000-000000000001';
  const json =
    (value: unknown): Answer =>
    (_, response) =>
      void response.end(JSON.stringify(value));
  const shown = (more: object) => json({ ...(JSON.parse(record('active')) as object), ...more });

  test.each<[string, Answer, Answer, string[]]>([
    ['by the call for services', json([{ url: place, metadata: {} }]), status(500), [place]],
    ['in the record, as locations', status(404), shown({ locations: [{ url: place, metadata: {} }] }), [place]],
    ['in the record, as its direct URL', status(403), shown({ direct_url: place }), [place]],
    ['nowhere', status(404), shown({ locations: null }), []],
    ['nowhere that can be read', json({ url: place }), status(500), []],
  ])('is told %s', async (_, call, get, urls) => {
    answers['GET /v2/images/ID/locations'] = call;
    answers['GET /v2/images/ID'] = get;
    expect(await upload.locations(imageId)).toEqual(urls);
  });
});

test('a question that nobody answers is asked again; bytes are sent once', async () => {
  let asks = 0;
  answers['GET /v2/images/ID'] = (request, response) => {
    asks += 1;
    return asks < 3 ? status(503)(request, response) : void response.end(record('queued'));
  };
  answers['PUT /v2/images/ID/file'] = status(503);
  expect(await problemOf(upload.put(imageId, pieces(1)))).toBe('away');
  expect(asked.map(({ what }) => what)).toEqual([...Array(3).fill('GET /v2/images/ID'), 'PUT /v2/images/ID/file']);
});

test('no endpoint at all is an error of the configuration', () =>
  expect(() => open({ endpoints: [] })).toThrow('no endpoint of the image service is configured'));
