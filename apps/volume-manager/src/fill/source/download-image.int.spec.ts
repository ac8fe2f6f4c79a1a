import type { ImageIdentity } from '@hearth/contracts';
import { exampleImage } from '@hearth/domain/testing';
import { GlanceImageService, ImageServiceError } from '@hearth/openstack-clients';
import { eventually } from '@hearth/testing';
import fc from 'fast-check';
import { createHash, randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { FlawedImageServer, type Framing } from '../../testing/flawed-image.server';
import { type DownloadImageOptions, downloadImage, readRange, type Resumption } from './download-image';
import { MustStartOverError } from './download-problems';
import { gunzip } from './gunzip';
import { defaultResumeBudget } from './resume-budget';

const bytes = randomBytes(3 * 2 ** 20 + 12_345);
const unhashed = { osHashAlgo: null, osHashValue: null, checksum: null };
const identity = (patch: Partial<ImageIdentity> = {}): ImageIdentity => ({
  ...exampleImage,
  osHashAlgo: 'sha512',
  osHashValue: createHash('sha512').update(bytes).digest('hex'),
  checksum: null,
  sizeBytes: server.bytes.length,
  ...patch,
});
const budget = { ...defaultResumeBudget, pauseMs: 1, pauseMsMax: 1 };

let server: FlawedImageServer;
let source: GlanceImageService;
let resumed: Resumption[];

beforeAll(async () => {
  server = await FlawedImageServer.start();
  source = new GlanceImageService({
    endpoints: [server.url],
    retriesMax: 0,
    answerTimeoutMs: 10_000,
    stallTimeoutMs: 300,
  });
});
afterAll(async () => {
  await source.close();
  await eventually(() => server.sockets.size === 0, { what: 'the end of every connection' });
  await server.stop();
});
beforeEach(() => {
  server.reset(bytes);
  resumed = [];
});
/** Whatever happened, nobody goes on taking bytes. */
afterEach(() => eventually(() => server.underWay.size === 0, { what: 'the end of every answer' }));

const download = (patch: Partial<DownloadImageOptions> = {}) =>
  downloadImage({
    source,
    image: identity(),
    signal: new AbortController().signal,
    resume: budget,
    onResumed: (resumption) => resumed.push(resumption),
    ...patch,
  });

async function collect(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  expect(parts.every(({ length }) => length > 0)).toBe(true);
  return Buffer.concat(parts);
}
/** Jest compares buffers byte by byte, which takes minutes. */
async function expectBytes(chunks: AsyncIterable<Buffer>, expected = bytes): Promise<void> {
  const found = await collect(chunks);
  expect([found.length, found.equals(expected)]).toEqual([expected.length, true]);
}
const expectFailure = (chunks: AsyncIterable<Buffer>, reason: RegExp) =>
  expect(collect(chunks)).rejects.toMatchObject({
    failure: { code: 'image.download_failed', reason: expect.stringMatching(reason) as string },
  });

const framings: readonly Framing[] = ['length', 'chunked', 'close'];

describe('a download from a sound server', () => {
  test.each(framings)('brings the bytes, once asked for, with the length told by %s', async (framing) => {
    server.framing = framing;
    await expectBytes(download());
    expect([server.asked, resumed]).toEqual([[0], []]);
  });

  test('tells the MD5 that the server names, before the first byte', async () => {
    server.contentMd5 = createHash('md5').update(bytes).digest('hex');
    const heard: unknown[] = [];
    for await (const { length } of download({ onOpened: (head) => heard.push(head) })) heard.push(length);
    expect(heard[0]).toEqual({ contentMd5: server.contentMd5 });
    expect(heard.filter((each) => typeof each !== 'number')).toHaveLength(1);
  });

  test('is refused where the record names no size', async () => {
    const failure = { code: 'image.unacceptable' };
    await expect(collect(download({ image: identity({ sizeBytes: 0 }) }))).rejects.toMatchObject({ failure });
    expect(server.asked).toEqual([]);
  });
});

describe('a download that breaks off', () => {
  test.each(framings)('goes on by a range, with the length told by %s', async (framing) => {
    server.framing = framing;
    server.flaws = [{ cutAfterBytes: 2 ** 20 }, { cutAfterBytes: 2 ** 20 }];
    await expectBytes(download());
    expect(server.asked).toHaveLength(3);
    expect(resumed.map(({ atByte, skippedBytes }) => [atByte, skippedBytes])).toEqual(
      server.asked.slice(1).map((fromByte) => [fromByte, 0]),
    );
  });

  test('goes on where it stalled', async () => {
    server.flaws = [{ stallAfterBytes: 2 ** 20 }];
    await expectBytes(download());
    expect(resumed).toMatchObject([{ atByte: 2 ** 20, attempts: 1 }]);
    expect(resumed[0]!.cause.message).toContain('stalled');
  });

  test('goes on when the server was away for some time', async () => {
    server.flaws = [{ cutAfterBytes: 2 ** 20 }, { status: 503 }, { status: 500 }, { status: 429 }];
    await expectBytes(download());
    expect(resumed).toMatchObject([{ attempts: 4 }]);
  });

  test.each([200, 400, 416] as const)(
    'skips what it has where a range is answered with %i, which is not tried again',
    async (status) => {
      server.withoutRanges = status;
      server.flaws = [{ cutAfterBytes: 2 ** 20 }, { cutAfterBytes: 2 * 2 ** 20 }];
      await expectBytes(download());
      expect(server.asked).toEqual([0, resumed[0]!.atByte, 0, 0]);
      expect(resumed.map(({ atByte, skippedBytes }) => atByte === skippedBytes && atByte > 0)).toEqual([true, true]);
    },
  );

  test.each([
    ['begins elsewhere', `bytes 0-${bytes.length - 1}/${bytes.length}`],
    ['is of nothing', 'bytes */5'],
    ['is absent', ''],
  ])('does not believe a range that %s', async (_, contentRange) => {
    server.flaws = [{ cutAfterBytes: 2 ** 20 }, { headers: { 'content-range': contentRange }, body: bytes }];
    await expectBytes(download());
    expect(resumed[0]!.skippedBytes).toBeGreaterThan(0);
  });

  test('is complete if it breaks after its last byte', async () => {
    server.framing = 'chunked';
    server.flaws = [{ stallAfterBytes: bytes.length }];
    await expectBytes(download());
    expect(server.asked).toEqual([0]);
  });
});

describe('a download that nothing vouches for', () => {
  beforeEach(() => (server.flaws = [{ cutAfterBytes: 2 ** 20 }]));

  test('goes on by a range, which is the same file', () => expectBytes(download({ image: identity(unhashed) })));

  test('has to start over where there are no ranges', async () => {
    server.withoutRanges = 416;
    const error = await collect(download({ image: identity(unhashed) })).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MustStartOverError);
    expect(error).toMatchObject({ failure: { code: 'image.download_failed' } });
  });

  test.each([1, 2])('is vouched for by the MD5 that it began with, which the server names %i times', async (times) => {
    server.withoutRanges = 416;
    const headers = { 'content-md5': createHash('md5').update(bytes).digest('hex') };
    server.flaws = [{ cutAfterBytes: 2 ** 20, headers }, times === 2 ? { headers } : {}];
    await expectBytes(download({ image: identity(unhashed), onOpened: () => undefined }));
  });

  test('has to start over when that MD5 is named too late, or nobody hears of it', async () => {
    server.withoutRanges = 416;
    const headers = { 'content-md5': createHash('md5').update(bytes).digest('hex') };
    const named: Partial<DownloadImageOptions>[] = [{ onOpened: () => undefined }, {}];
    for (const [at, patch] of named.entries()) {
      const cut = { cutAfterBytes: 2 ** 20 };
      server.flaws = [{ ...cut, ...(at === 1 && { headers }) }, { headers }];
      const error = collect(download({ image: identity(unhashed), ...patch }));
      await expect(error).rejects.toBeInstanceOf(MustStartOverError);
    }
  });
});

describe('a download that cannot be had', () => {
  test('ends when its attempts bring nothing, and says how far it got and why it broke', async () => {
    server.flaws = [{ stallAfterBytes: 2 ** 20 }, ...Array<object>(5).fill({ cutAfterBytes: 0 })];
    const failed = collect(download({ onResumed: undefined }));
    await expect(failed).rejects.toMatchObject({
      failure: {
        code: 'image.download_failed',
        reason: expect.stringContaining(`1048576 of ${bytes.length} bytes, and was resumed 5 times`) as string,
        detail: expect.stringContaining('broke off') as string,
      },
      cause: { problem: 'broken' },
    });
    expect(server.asked).toEqual([0, ...Array<number>(5).fill(2 ** 20)]);
  });

  test('ends after so many attempts in all, even if each brings something', async () => {
    const resume = { ...budget, progressBytes: 1, resumptionsMax: 8 };
    server.flaws = Array<object>(20).fill({ cutAfterBytes: 200_000 });
    await expectFailure(download({ resume }), /was resumed 8 times/);
    expect(server.asked).toHaveLength(9);
  });

  test('ends when the server stays away', async () => {
    server.flaws = [{ cutAfterBytes: 2 ** 20 }, ...Array<object>(5).fill({ status: 503 })];
    await expect(collect(download())).rejects.toMatchObject({ cause: { problem: 'away' } });
    expect(server.asked).toHaveLength(6);
  });

  test.each([
    [404, 'not-found'],
    [403, 'forbidden'],
    [204, 'no-data'],
  ])('ends at once on a %i in the middle', async (status, problem) => {
    server.flaws = [{ cutAfterBytes: 2 ** 20 }, { status }];
    await expect(collect(download())).rejects.toMatchObject({ name: 'ImageServiceError', problem });
    expect(server.asked).toHaveLength(2);
  });

  test('is not asked for again when it cannot even begin: the client has done that', async () => {
    server.flaws = [{ status: 503 }];
    await expect(collect(download())).rejects.toBeInstanceOf(ImageServiceError);
    expect(server.asked).toEqual([0]);
  });

  test.each(framings)('is refused with another length than the record names, told by %s', async (framing) => {
    server.framing = framing;
    const short = identity({ sizeBytes: bytes.length - 5 });
    await expectFailure(download({ image: short }), /more bytes than the/);
    if (framing === 'length') await expectFailure(download({ image: identity({ sizeBytes: 2 ** 30 }) }), /bytes, not/);
  });

  test('is refused when the length changes in the middle', async () => {
    const { length } = bytes;
    server.flaws = [
      { stallAfterBytes: 2 ** 20 },
      {
        headers: {
          'content-range': `bytes ${2 ** 20}-${length}/${length + 1}`,
          'content-length': length + 1 - 2 ** 20,
        },
      },
    ];
    await expectFailure(download(), /more bytes than the/);
  });

  test('is refused when another MD5 is named in the middle', async () => {
    server.contentMd5 = 'a'.repeat(32);
    server.flaws = [{ cutAfterBytes: 2 ** 20 }, { headers: { 'content-md5': 'b'.repeat(32) } }];
    await expectFailure(download(), /changed while/);
  });

  test('is given up where a body without a length ends early each time', async () => {
    server.framing = 'close';
    server.bytes = bytes.subarray(0, 2 ** 20);
    await expectFailure(download({ image: identity({ sizeBytes: bytes.length }) }), /ended after 1048576 of/);
  });
});

describe('the bytes are exactly those of the image', () => {
  const cuts = fc.array(fc.integer({ min: 0, max: 300_000 }), { maxLength: 8 });
  const served = fc.record({
    sizeBytes: fc.integer({ min: 1, max: 400_000 }),
    framing: fc.constantFrom(...framings),
    withoutRanges: fc.constantFrom(undefined, 200 as const, 416 as const),
    from: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.99, noNaN: true })),
    cuts,
  });

  test(
    'wherever the connection is cut, while there is an attempt for each cut',
    () =>
      fc.assert(
        fc.asyncProperty(served, async ({ sizeBytes, framing, withoutRanges, from, cuts: cut }) => {
          server.reset(bytes.subarray(0, sizeBytes));
          Object.assign(server, { framing, withoutRanges, flaws: cut.map((cutAfterBytes) => ({ cutAfterBytes })) });
          const fromByte = Math.floor(sizeBytes * from);
          const resume = { ...budget, fruitlessMax: cut.length, resumptionsMax: cut.length };
          const [image, { signal }] = [identity(), new AbortController()];
          const chunks =
            fromByte === 0
              ? download({ resume })
              : readRange({ source, image, signal, resume, fromByte, untilByte: sizeBytes });
          await expectBytes(chunks, bytes.subarray(fromByte, sizeBytes));
        }),
        { numRuns: 150 },
      ),
    60_000,
  );

  test('or nothing but a beginning of them comes, and then a clear error, when there are more cuts than attempts', () =>
    fc.assert(
      fc.asyncProperty(
        fc.nat({ max: 4 }),
        fc.constantFrom(undefined, 416 as const),
        async (attempts, withoutRanges) => {
          server.reset(bytes);
          const flaws = Array<object>(attempts + 1).fill({ cutAfterBytes: 100_000 });
          Object.assign(server, { withoutRanges, flaws });
          const parts: Buffer[] = [];
          const work = (async () => {
            const resume = { ...budget, fruitlessMax: attempts, resumptionsMax: attempts };
            for await (const chunk of download({ resume })) parts.push(chunk);
          })();
          await expect(work).rejects.toMatchObject({ failure: { code: 'image.download_failed' } });
          const found = Buffer.concat(parts);
          expect(found.equals(bytes.subarray(0, found.length))).toBe(true);
        },
      ),
      { numRuns: 30 },
    ));
});

describe('a part of an image', () => {
  const part = (fromByte: number, untilByte: number, image = identity()) =>
    readRange({ source, image, fromByte, untilByte, signal: new AbortController().signal, resume: budget });

  test.each([
    [0, 1],
    [0, 2 ** 20],
    [70_001, 70_002],
    [2 ** 20, bytes.length],
    [5, 5],
    [bytes.length, bytes.length],
  ])('from %i to %i is exactly these bytes', async (fromByte, untilByte) => {
    await expectBytes(part(fromByte, untilByte), bytes.subarray(fromByte, untilByte));
    expect(server.asked).toEqual(fromByte === untilByte ? [] : [fromByte]);
  });

  test('survives cuts, with ranges and without, whether the image has a hash or not', async () => {
    for (const withoutRanges of [undefined, 200] as const) {
      for (const image of [identity(), identity(unhashed)]) {
        server.withoutRanges = withoutRanges;
        server.flaws = [{ cutAfterBytes: 300_000 }, { cutAfterBytes: 600_000 }];
        await expectBytes(part(100_000, 2 ** 21, image), bytes.subarray(100_000, 2 ** 21));
      }
    }
  });

  test.each([
    [-1, 5],
    [6, 5],
    [0, bytes.length + 1],
    [Number.NaN, 5],
  ])('from %i to %i is none', (fromByte, untilByte) => expect(() => part(fromByte, untilByte)).toThrow(RangeError));
});

test('a packed image is unpacked from a download that breaks off, and whoever leaves it ends that too', async () => {
  server.reset(gzipSync(bytes));
  server.flaws = [{ cutAfterBytes: 2 ** 20 }, { stallAfterBytes: 2 ** 20 }];
  await expectBytes(gunzip(download(), { outputBytesMax: bytes.length }));
  expect(resumed).toHaveLength(2);
  server.flaws = [{ stallAfterBytes: 2 ** 20 }];
  for await (const piece of gunzip(download(), { outputBytesMax: bytes.length })) if (piece.length > 0) break;
});

describe('who calls a download off', () => {
  const off = new Error('called off');

  test('hears of that before it begins', async () => {
    await expect(collect(download({ signal: AbortSignal.abort(off) }))).rejects.toBe(off);
    expect(server.asked).toEqual([]);
  });

  test.each([
    ['while it waits for the head', [{ isSilent: true }], undefined],
    ['in the middle of the bytes', [{ stallAfterBytes: 2 ** 20 }], undefined],
    ['while it is opened again', [{ cutAfterBytes: 2 ** 20 }, { isSilent: true }], undefined],
    ['while it skips what it has', [{ cutAfterBytes: 2 ** 20 }, { stallAfterBytes: 100 }], 416],
  ] as const)('hears of that %s', async (_, flaws, withoutRanges) => {
    const controller = new AbortController();
    const patient = new GlanceImageService({ endpoints: [server.url], stallTimeoutMs: 60_000 });
    Object.assign(server, { flaws: [...flaws], withoutRanges });
    const work = collect(download({ source: patient, signal: controller.signal }));
    const asked = flaws.length + (withoutRanges ? 1 : 0);
    await Promise.all([
      expect(work).rejects.toBe(off),
      eventually(() => server.asked.length === asked).then(() => controller.abort(off)),
    ]);
    await patient.close();
  });

  test('hears of that in a pause, however long it is', async () => {
    const controller = new AbortController();
    server.flaws = [{ cutAfterBytes: 0 }];
    const work = collect(download({ signal: controller.signal, resume: { ...budget, pauseMs: 6e5, pauseMsMax: 6e5 } }));
    await Promise.all([
      expect(work).rejects.toBe(off),
      eventually(() => server.asked.length === 1 && server.underWay.size === 0).then(() => controller.abort(off)),
    ]);
  });

  test('is not left with a connection when the bytes have another length', async () => {
    const patient = new GlanceImageService({ endpoints: [server.url], stallTimeoutMs: 60_000 });
    server.flaws = [{ stallAfterBytes: 1 }];
    await expectFailure(download({ source: patient, image: identity({ sizeBytes: 2 ** 30 }) }), /bytes, not/);
    await eventually(() => server.underWay.size === 0);
    await patient.close();
  });

  test('by leaving its loop frees the connection', async () => {
    server.flaws = [{ stallAfterBytes: 2 ** 20 }];
    for await (const chunk of download()) if (chunk.length > 0) break;
    await eventually(() => server.underWay.size === 0);
  });

  test('leaves no connection behind, however often', async () => {
    for (let round = 0; round < 20; round += 1) {
      server.flaws = [{ cutAfterBytes: 100_000 }];
      for await (const chunk of download()) if (chunk.length > 0 && round % 2 === 0) break;
    }
    await eventually(() => server.sockets.size <= 3, { what: 'a few connections at most' });
  });
});
