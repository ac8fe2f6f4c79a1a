import { GlanceImageService, ImageServiceError } from '@hearth/openstack-clients';
import { temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { downloadImage, readRange, type Resumption } from '../../apps/volume-manager/src/fill/source/download-image';
import { defaultResumeBudget } from '../../apps/volume-manager/src/fill/source/resume-budget';
import { type Glance, startGlance } from './glance';

const mib = 2 ** 20;
const bytes = randomBytes(9 * mib + 123);

let directory: TemporaryDirectory;
let glance: Glance;
let proxy: Server;
/** After how many bytes from Glance each of the next connections is cut; those without an entry are whole. */
let cuts: number[];
let service: GlanceImageService;
let id: string;

/** The first start installs the packages where they are missing, which takes about a minute. */
beforeAll(async () => {
  directory = await temporaryDirectory('hearth-glance-ranges-');
  glance = await startGlance({ directory: join(directory.path, 'glance') });
  ({ id } = await glance.images.create({ name: 'ranged', diskFormat: 'raw', data: { bytes } }));
  proxy = cuttingProxy(Number(new URL(glance.url).port));
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  const { port } = proxy.address() as AddressInfo;
  service = new GlanceImageService({ endpoints: [`http://127.0.0.1:${port}`], retryWaitMs: 10 });
}, 600_000);

afterAll(async () => {
  await service?.close();
  proxy?.close();
  await glance?.stop();
  await directory?.remove();
}, 30_000);

beforeEach(() => (cuts = []));

/** Passes bytes on, to Glance on a port and back. */
function cuttingProxy(port: number): Server {
  return createServer((client) => {
    let left = cuts.shift() ?? Infinity;
    const upstream = connect(port, '127.0.0.1');
    const end = () => {
      upstream.destroy();
      client.destroySoon();
    };
    client.on('error', end).on('close', end).pipe(upstream);
    upstream.on('error', end).on('close', end);
    upstream.on('data', (chunk: Buffer) => {
      if (!client.write(chunk.subarray(0, Math.min(left, chunk.length)))) {
        upstream.pause();
        client.once('drain', () => upstream.resume());
      }
      left -= chunk.length;
      if (left <= 0) end();
    });
  });
}

async function collect(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

async function options() {
  const { identity: image } = await service.show(id);
  const resume = { ...defaultResumeBudget, pauseMs: 1, pauseMsMax: 1 };
  return { source: service, image, resume, signal: new AbortController().signal };
}

test('bytes from the middle come with the length and the MD5 of the whole', async () => {
  const { chunks, ...head } = await service.open(id, { fromByte: 5 * mib });
  const contentMd5 = createHash('md5').update(bytes).digest('hex');
  expect(head).toEqual({ fromByte: 5 * mib, lengthBytes: bytes.length, contentMd5 });
  expect((await collect(chunks)).equals(bytes.subarray(5 * mib))).toBe(true);
});

test.each([bytes.length, bytes.length + 1])('from byte %i on there are none', async (fromByte) => {
  const error: unknown = await service.open(id, { fromByte }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ImageServiceError);
  expect(error).toMatchObject({ problem: 'no-ranges' });
});

// Glance 25.1 fails over a range of nothing, and its server then closes the connection without any answer.
test('an image without bytes says so, except to somebody who wants its middle', async () => {
  const queued = await glance.images.create({ name: 'queued', diskFormat: 'raw' });
  await expect(service.open(queued.id)).rejects.toMatchObject({ problem: 'no-data' });
  await expect(service.open(queued.id, { fromByte: 5 })).rejects.toMatchObject({ problem: 'away' });
});

// Where no length is announced, a cut connection and the end of the image look alike: the record's size tells them apart.
test('a download whose connection is cut again and again goes on by ranges, and brings the bytes once', async () => {
  const asked = await options();
  cuts = [mib, 100, 2 * mib, 0, 3 * mib];
  const resumed: Resumption[] = [];
  const found = await collect(downloadImage({ ...asked, onResumed: (resumption) => resumed.push(resumption) }));
  expect(found.equals(bytes)).toBe(true);
  expect(resumed.length).toBeGreaterThanOrEqual(3);
  expect(resumed.map(({ skippedBytes }) => skippedBytes)).toEqual(resumed.map(() => 0));
});

test('a part of an image is exactly its bytes, cut or not', async () => {
  const asked = await options();
  cuts = [2 * mib];
  const found = await collect(readRange({ ...asked, fromByte: mib, untilByte: 6 * mib + 1 }));
  expect(found.equals(bytes.subarray(mib, 6 * mib + 1))).toBe(true);
});
