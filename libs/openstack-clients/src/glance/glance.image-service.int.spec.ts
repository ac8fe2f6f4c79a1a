import { eventually } from '@hearth/testing';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createRawServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { GlanceImageService, type GlanceOptions } from './glance.image-service';
import { ImageServiceError } from './image-service';

const id = '533ef249-e7e6-476f-ae5c-155c354defa4';
/** As a real Glance showed it, with two properties of its owner's. */
const record = {
  name: 'tiny',
  disk_format: 'raw',
  container_format: 'bare',
  visibility: 'public',
  size: 16_777_216,
  virtual_size: 16_777_216,
  status: 'active',
  checksum: '91022fb142e0b801e95e099ec0f59e51',
  protected: false,
  min_ram: 0,
  min_disk: 2,
  owner: 'a18239d95e974fa589d416df9253d937',
  os_hidden: false,
  os_hash_algo: 'sha512',
  os_hash_value: '3186d0c965ec1a29',
  id,
  created_at: '2026-11-21T00:15:33Z',
  updated_at: '2026-11-21T00:15:33Z',
  locations: [{ url: 'file:///somewhere', metadata: { store: 'file' } }],
  direct_url: 'file:///somewhere',
  tags: [],
  self: `/v2/images/${id}`,
  file: `/v2/images/${id}/file`,
  schema: '/v2/schemas/image',
  stores: 'file',
  os_glance_import_task: 'x',
  os_distro: 'debian',
  hw_disk_bus: 'virtio',
};

type Answer = (response: ServerResponse, request: IncomingMessage) => void;
const json =
  (body: unknown): Answer =>
  (response) =>
    void response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
const status =
  (code: number, headers = {}): Answer =>
  (response) =>
    void response.writeHead(code, headers).end('<html>secret page</html>');

let asked: IncomingMessage[];
/** One for each request; the last one stays. */
let answers: Answer[];
const server = createServer((request, response) => {
  asked.push(request);
  const answer = answers.length > 1 ? answers.shift() : answers[0];
  answer?.(response, request);
});
const services: GlanceImageService[] = [];
const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const host = () => new URL(url()).host;

function glance(options: Partial<GlanceOptions> = {}): GlanceImageService {
  const quick = { retriesMax: 3, retryWaitMs: 1, answerTimeoutMs: 2_000, stallTimeoutMs: 300 };
  const service = new GlanceImageService({ endpoints: [url()], ...quick, ...options });
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
  answers = [json(record)];
});
afterEach(() => Promise.all(services.splice(0).map((service) => service.close())));

async function errorOf(work: Promise<unknown>): Promise<ImageServiceError> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  if (!(error instanceof ImageServiceError)) throw new Error('no ImageServiceError was thrown', { cause: error });
  return error;
}
async function bytesOf(service: GlanceImageService, signal?: AbortSignal): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of (await service.open(id, { signal })).chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

describe('an image that is shown', () => {
  test('has the fields of its record, and its custom properties folded in', async () => {
    expect(await glance().show(id)).toEqual({
      status: 'active',
      identity: {
        id,
        name: 'tiny',
        updatedAt: '2026-11-21T00:15:33Z',
        osHashAlgo: 'sha512',
        osHashValue: '3186d0c965ec1a29',
        checksum: '91022fb142e0b801e95e099ec0f59e51',
        sizeBytes: 16_777_216,
        virtualSizeBytes: 16_777_216,
        diskFormat: 'raw',
        containerFormat: 'bare',
        visibility: 'public',
        owner: 'a18239d95e974fa589d416df9253d937',
        minDiskGib: 2,
        minRamMib: 0,
        properties: { os_distro: 'debian', hw_disk_bus: 'virtio' },
      },
    });
  });

  test('may be queued, and has neither size nor hashes then', async () => {
    const nothing = { size: null, virtual_size: null, checksum: null, os_hash_algo: null, os_hash_value: null };
    answers = [json({ ...record, ...nothing, status: 'queued' })];
    expect(await glance().show(id)).toMatchObject({ status: 'queued', identity: { sizeBytes: 0, osHashValue: null } });
  });

  test('has a virtual size of exabytes where its file says so', async () => {
    answers = [json({ ...record, virtual_size: 2 ** 62 })];
    expect((await glance().show(id)).identity.virtualSizeBytes).toBe(Number.MAX_SAFE_INTEGER);
  });

  test("is asked for with the caller's token, which no error repeats", async () => {
    answers = [status(500)];
    const error = await errorOf(glance().show(id, { token: 'the-token' }));
    expect(asked.map(({ headers }) => headers['x-auth-token'])).toEqual(Array(4).fill('the-token'));
    expect(JSON.stringify([error.message, error.stack, String(error.cause)])).not.toContain('the-token');
  });

  test('is found by its name, which is compared', async () => {
    answers = [json({ images: [{ ...record, name: 'other' }, record] })];
    expect((await glance().findByName('ti ny&x=y')).length).toBe(0);
    expect(asked[0]!.url).toBe('/v2/images?name=ti+ny%26x%3Dy&limit=2');
    expect((await glance().findByName('tiny')).map(({ identity }) => identity.id)).toEqual([id]);
  });
});

describe('answers that mean something', () => {
  test.each([
    [404, 'not-found'],
    [401, 'forbidden'],
    [403, 'forbidden'],
    [204, 'no-data'],
    [302, 'nonsense'],
    [418, 'nonsense'],
  ])('%i is %s, asked once, with the name of the server and the image', async (code, problem) => {
    answers = [status(code, { location: url() })];
    const error = await errorOf(glance().open(id));
    expect(error.problem).toBe(problem);
    expect(error.message).toContain(host());
    expect(error.message).toContain(id);
    expect(error.message).not.toContain('secret page');
    expect(asked).toHaveLength(1);
  });

  test.each([500, 502, 503, 429])('%i is asked four times and then away', async (code) => {
    answers = [status(code)];
    expect((await errorOf(glance().show(id))).problem).toBe('away');
    expect(asked).toHaveLength(4);
  });

  test('503 twice and then the image is the image', async () => {
    answers = [status(503), status(503), json(record)];
    expect((await glance().show(id)).identity.id).toBe(id);
  });
});

describe('nonsense', () => {
  test.each([
    ['no JSON', (response: ServerResponse) => void response.end('<html>')],
    ['no image', json({ id: 'x' })],
    ['a negative size', json({ ...record, size: -1 })],
    ['a size that is a text', json({ ...record, size: '5' })],
    ['JSON without end', (response: ServerResponse) => void response.end(`"${'x'.repeat(5 * 2 ** 20)}"`)],
  ])('%s', async (_, answer: Answer) => {
    answers = [answer];
    expect((await errorOf(glance().show(id))).problem).toBe('nonsense');
  });
});

describe('servers that do not answer', () => {
  const closed = 'http://127.0.0.1:9';

  test('the next one is asked, whichever came first', async () => {
    for (let round = 0; round < 8; round += 1) {
      expect((await glance({ endpoints: [closed, url()], retriesMax: 1 }).show(id)).status).toBe('active');
    }
  });

  test('with none left, the service is away', async () => {
    const error = await errorOf(glance({ endpoints: [closed], retriesMax: 1 }).show(id));
    expect(error.problem).toBe('away');
    expect(error.message).toContain('127.0.0.1:9');
  });

  test('a head that does not come in time counts as no answer', async () => {
    answers = [() => undefined, json(record)];
    expect((await glance({ answerTimeoutMs: 200 }).show(id)).status).toBe('active');
    expect(asked).toHaveLength(2);
  });

  test('a server that speaks no HTTP counts as no answer', async () => {
    const raw = createRawServer((socket) => {
      socket.on('error', () => undefined).once('data', () => socket.write('hello\r\n\r\n', () => socket.destroy()));
    });
    await new Promise<void>((resolve) => void raw.listen(0, '127.0.0.1', resolve));
    const endpoint = `http://127.0.0.1:${(raw.address() as AddressInfo).port}`;
    expect((await errorOf(glance({ endpoints: [endpoint], retriesMax: 1 }).show(id))).problem).toBe('away');
    await new Promise((resolve) => raw.close(resolve));
  });

  test('who calls it off between two attempts hears of nothing else', async () => {
    answers = [status(503)];
    const controller = new AbortController();
    const work = glance({ retryWaitMs: 60_000 }).show(id, { signal: controller.signal });
    const off = new Error('called off');
    await eventually(() => asked.length === 1);
    controller.abort(off);
    await expect(work).rejects.toBe(off);
  });

  test.each(['', 'glance:9292', 'ftp://host', 'http://user:secret@host', 'http://host?x=y'])(
    'an endpoint %p is refused at once',
    (endpoint) => {
      expect(() => new GlanceImageService({ endpoints: [endpoint] })).toThrow('endpoint');
    },
  );

  test('no endpoint is refused at once', () => {
    expect(() => new GlanceImageService({ endpoints: [] })).toThrow('name at least one');
  });
});

describe('the bytes of an image', () => {
  const content = Buffer.alloc(3 * 2 ** 20, 'content');
  const head = { 'content-length': content.length };

  test('come whole, with their length, from below a path', async () => {
    answers = [(response) => void response.writeHead(200, head).end(content)];
    const service = glance({ endpoints: [`${url()}/image/`] });
    expect((await bytesOf(service)).equals(content)).toBe(true);
    expect((await service.open(id)).lengthBytes).toBe(content.length);
    expect(asked.map(({ url: path }) => path)).toContain(`/image/v2/images/${id}/file`);
  });

  test('come whole without a length', async () => {
    answers = [(response) => void response.writeHead(200).end(content)];
    const { lengthBytes, chunks } = await glance().open(id);
    const parts: Buffer[] = [];
    for await (const chunk of chunks) parts.push(chunk);
    expect(lengthBytes).toBeUndefined();
    expect(Buffer.concat(parts).equals(content)).toBe(true);
  });

  test('that are cut short are broken', async () => {
    answers = [
      (response) => {
        response.writeHead(200, head);
        response.write(content.subarray(0, 70_000), () => response.destroy());
      },
    ];
    const error = await errorOf(bytesOf(glance()));
    expect(error.problem).toBe('broken');
    expect(error.message).toContain(id);
  });

  test('that are cut short without a length are broken too', async () => {
    answers = [(response) => void response.write(content, () => response.destroy())];
    expect((await errorOf(bytesOf(glance()))).problem).toBe('broken');
  });

  test('that are more than announced are broken, or end where they were to end', async () => {
    answers = [
      (response) => {
        response.socket!.write(`HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n${'x'.repeat(20)}`);
      },
    ];
    const outcome = await bytesOf(glance()).catch((error: unknown) => error);
    if (outcome instanceof ImageServiceError) expect(outcome.problem).toBe('broken');
    else expect(outcome).toEqual(Buffer.from('x'.repeat(10)));
  });

  test('that stall are broken, and say so', async () => {
    answers = [(response) => void response.writeHead(200, head).write(content.subarray(0, 70_000))];
    const error = await errorOf(bytesOf(glance()));
    expect([error.problem, error.message]).toEqual(['broken', expect.stringContaining('stalled')]);
  });

  test('that trickle are no stall, however long they take as a whole', async () => {
    answers = [
      (response) => {
        response.writeHead(200, { 'content-length': 6 });
        let sent = 0;
        const timer = setInterval(() => {
          response.write('x');
          sent += 1;
          if (sent === 6) clearInterval(timer);
        }, 100);
      },
    ];
    expect(await bytesOf(glance())).toEqual(Buffer.from('xxxxxx'));
  });

  test('that nobody wants any more are not sent any further', async () => {
    let closed: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => (closed = resolve));
    answers = [
      (response) => {
        response.on('close', closed).writeHead(200, head).write(content.subarray(0, 70_000));
      },
    ];
    for await (const chunk of (await glance().open(id)).chunks) if (chunk.length > 0) break;
    await gone;
  });

  test.each([64, 100, 128, 300])(
    'that nobody reads while the connection ends behind them come whole (%i KiB)',
    async (kib) => {
      const body = Buffer.alloc(kib * 1024, 'x');
      const closing = createRawServer((socket) => {
        socket
          .on('error', () => undefined)
          .once('data', () => {
            socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n`);
            socket.end(body);
          });
      });
      await new Promise<void>((resolve) => closing.listen(0, '127.0.0.1', resolve));
      try {
        const { port } = closing.address() as AddressInfo;
        const { chunks } = await glance({ endpoints: [`http://127.0.0.1:${port}`] }).open(id);
        const parts: Buffer[] = [];
        // Long enough for all that follows to come, and the end of the connection; nothing here tells that it has.
        await sleep(200);
        for await (const chunk of chunks) parts.push(chunk);
        expect(Buffer.concat(parts).equals(body)).toBe(true);
      } finally {
        closing.close();
      }
    },
  );

  test('come over a connection that is kept for the next question', async () => {
    const ports = new Set<number | undefined>();
    answers = [
      (response, request) => {
        ports.add(request.socket.remotePort);
        response.writeHead(200, head).end(content);
      },
    ];
    const service = glance();
    for (let round = 0; round < 8; round += 1) await bytesOf(service);
    // A second one may be opened when a question comes before the first is known to be free.
    expect(ports.size).toBeLessThanOrEqual(2);
  });
});
