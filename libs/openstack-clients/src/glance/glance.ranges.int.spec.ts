import { eventually } from '@hearth/testing';
import { createHash } from 'node:crypto';
import { type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { GlanceImageService } from './glance.image-service';
import { type ImageBytes, ImageServiceError } from './image-service';

const id = '533ef249-e7e6-476f-ae5c-155c354defa4';
const content = Buffer.from('0123456789');
const md5 = createHash('md5').update(content).digest();

type Answer = (response: ServerResponse, request: IncomingMessage) => void;
let answer: Answer;
let asked: IncomingMessage[];
const sockets = new Set<Socket>();
const server = createServer((request, response) => {
  asked.push(request);
  answer(response, request);
});
server.on('connection', (socket) => sockets.add(socket.once('close', () => sockets.delete(socket))));
let service: GlanceImageService;

beforeAll(() => new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve)));
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  asked = [];
  const { port } = server.address() as AddressInfo;
  const quick = { retriesMax: 1, retryWaitMs: 1, stallTimeoutMs: 2_000 };
  service = new GlanceImageService({ endpoints: [`http://127.0.0.1:${port}`], ...quick });
});
afterEach(() => service.close());

const send =
  (status: number, headers: OutgoingHttpHeaders = {}, body: Buffer | string = ''): Answer =>
  (response) =>
    void response.writeHead(status, headers).end(body);
const twice: Answer = (response) => {
  const range = 'bytes 4-9/10';
  response.setHeader('content-range', [range, range]).writeHead(206).end(content.subarray(4));
};
/** The end of the content, below a Content-Range as given. */
const part = (contentRange: string, headers: OutgoingHttpHeaders = {}): Answer =>
  send(206, { 'content-range': contentRange, ...headers }, content.subarray(4));

async function textOf({ chunks }: ImageBytes): Promise<string> {
  const parts: Buffer[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts).toString();
}
async function errorOf(work: Promise<unknown>): Promise<ImageServiceError> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  if (!(error instanceof ImageServiceError)) throw new Error('no ImageServiceError was thrown', { cause: error });
  return error;
}

describe('bytes from the middle of an image', () => {
  test('are asked for as a range, and come with the length of the whole', async () => {
    answer = part('bytes 4-9/10', { 'content-length': 6 });
    const bytes = await service.open(id, { fromByte: 4, token: 'the-token' });
    expect(bytes).toMatchObject({ fromByte: 4, lengthBytes: 10 });
    expect(await textOf(bytes)).toBe('456789');
    expect(asked[0]!.headers).toMatchObject({ range: 'bytes=4-', 'x-auth-token': 'the-token' });
  });

  test('from the first byte on need no range', async () => {
    answer = send(200, { 'content-length': 10 }, content);
    const bytes = await service.open(id, { fromByte: 0 });
    expect(bytes).toMatchObject({ fromByte: 0, lengthBytes: 10 });
    expect(await textOf(bytes)).toBe('0123456789');
    expect(asked[0]!.headers.range).toBeUndefined();
  });

  test.each([
    ['of an unknown whole', 'bytes 4-9/*', undefined],
    ['in another spelling', ' Bytes 4-9/10 ', 10],
    ['fewer than there are', 'bytes 4-9/4000', 4000],
  ])('%s are taken', async (_, contentRange, lengthBytes) => {
    answer = part(contentRange);
    const bytes = await service.open(id, { fromByte: 4 });
    expect(bytes.lengthBytes).toBe(lengthBytes);
    expect(await textOf(bytes)).toBe('456789');
  });

  test.each([
    ['that begin elsewhere', part('bytes 3-9/10')],
    ['that begin at the start', part('bytes 0-5/10')],
    ['that end before they begin', part('bytes 4-3/10')],
    ['that end beyond the whole', part('bytes 4-10/10')],
    ['that are more than the range', part('bytes 4-8/10', { 'content-length': 6 })],
    ['that are fewer than the range', part('bytes 4-10/20', { 'content-length': 6 })],
    ['in another unit', part('lines 4-9/10')],
    ['with numbers out of this world', part('bytes 4-99999999999999999999/999999999999999999999')],
    ['without a range', send(206, {}, content.subarray(4))],
    ['in several parts', send(206, { 'content-type': 'multipart/byteranges; boundary=x' }, '--x')],
    ['below two ranges', twice],
  ])('%s are refused: there are no ranges', async (_, lie) => {
    answer = lie;
    expect((await errorOf(service.open(id, { fromByte: 4 }))).problem).toBe('no-ranges');
  });

  test.each([
    [200, 'no-ranges'],
    [302, 'no-ranges'],
    [400, 'no-ranges'],
    [416, 'no-ranges'],
    [204, 'no-data'],
    [403, 'forbidden'],
    [404, 'not-found'],
    [503, 'away'],
  ])('answered with %i are %s', async (status, problem) => {
    answer = send(status, { 'content-range': 'bytes */10' });
    const error = await errorOf(service.open(id, { fromByte: 40 }));
    expect(error.problem).toBe(problem);
    expect(error.message).toContain(id);
  });

  test('that nobody asked for are nonsense', async () => {
    answer = part('bytes 4-9/10');
    expect((await errorOf(service.open(id))).problem).toBe('nonsense');
  });

  test.each([-1, 0.5, Number.NaN, 2 ** 53])('from byte %p on are not even asked for', async (fromByte) => {
    answer = part('bytes 4-9/10');
    await expect(service.open(id, { fromByte })).rejects.toThrow(RangeError);
    expect(asked).toHaveLength(0);
  });
});

describe('what the head says beside the length', () => {
  test.each([
    ['in hexadecimal, as Glance says it', md5.toString('hex').toUpperCase()],
    ['in base64, as RFC 1864 says it', md5.toString('base64')],
  ])('the MD5 of the whole %s', async (_, contentMd5) => {
    answer = part('bytes 4-9/10', { 'content-md5': contentMd5 });
    const bytes = await service.open(id, { fromByte: 4 });
    expect(bytes.contentMd5).toBe(md5.toString('hex'));
    await textOf(bytes);
  });

  test.each(['None', '', 'abc', `${'a'.repeat(31)}g`])('an MD5 that is none, %p, is left out', async (contentMd5) => {
    answer = send(200, { 'content-md5': contentMd5 }, content);
    const bytes = await service.open(id);
    expect(bytes.contentMd5).toBeUndefined();
    await textOf(bytes);
  });

  test('bytes that the server has packed are nonsense', async () => {
    answer = send(200, { 'content-encoding': 'gzip' }, content);
    expect((await errorOf(service.open(id))).problem).toBe('nonsense');
    answer = send(200, { 'content-encoding': 'identity' }, content);
    expect(await textOf(await service.open(id))).toBe('0123456789');
  });
});

describe('no connection stays behind', () => {
  const endless: Answer = (response) => {
    const more = () => void response.write(Buffer.alloc(65_536), () => !response.destroyed && setImmediate(more));
    response.on('error', () => undefined).writeHead(200);
    more();
  };
  const noneOpen = () => eventually(() => sockets.size === 0, { what: 'the end of every connection' });

  test('when the whole comes instead of its end', async () => {
    answer = endless;
    expect((await errorOf(service.open(id, { fromByte: 4 }))).problem).toBe('no-ranges');
    await noneOpen();
  });

  test('when the range is another one and the bytes have no end', async () => {
    answer = (response) => void response.writeHead(206, { 'content-range': 'bytes 0-9/10' }).write('01');
    expect((await errorOf(service.open(id, { fromByte: 4 }))).problem).toBe('no-ranges');
    await noneOpen();
  });

  test('when nobody reads what was opened', async () => {
    answer = endless;
    const { chunks } = await service.open(id);
    await chunks[Symbol.asyncIterator]().return?.();
    await noneOpen();
  });

  test('when the reader leaves while it waits for more', async () => {
    answer = (response) => void response.writeHead(200).write('01');
    const reading = (await service.open(id)).chunks[Symbol.asyncIterator]();
    await reading.next();
    const waiting = Promise.resolve(reading.next()).catch(() => undefined);
    await reading.return?.();
    await waiting;
    await noneOpen();
  });
});
