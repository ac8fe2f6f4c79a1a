import { open } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { randomUUID } from 'node:crypto';
import { readRange } from './byte-range';
import { type Caller, readCaller } from './caller';
import { makeDrainable } from './drain';
import { GlanceError, noSuchImage } from './glance-error';
import { fileVersionOf, type Image, ImageCatalogue } from './image.catalogue';
import { hasData } from './image-record';
import { listImages, maySee } from './list-images';
import { sendFile } from './send-file';
import { TokenBucket } from './token-bucket';

/** Where to listen and what to serve. */
export interface ImageServiceOptions {
  readonly directory: string;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Where digests are kept over restarts; the directory of the images unless told. */
  readonly stateDir?: string;
  /** How fast the bytes of images are sent, all downloads together; as fast as can be unless told. */
  readonly throttleBytesPerSecond?: number;
  readonly log?: (line: string) => void;
}

/** A running image service. */
export interface ImageService {
  readonly url: string;
  readonly port: number;
  /** Takes no more requests, lets those under way finish for at most `graceMs`, and ends. */
  stop(graceMs?: number): Promise<void>;
}

/** Serves a directory of image files with the calls of Glance's v2 API that read. */
export async function startImageService(options: ImageServiceOptions): Promise<ImageService> {
  const { directory, host, port, stateDir = directory, throttleBytesPerSecond, log = () => undefined } = options;
  const catalogue = await ImageCatalogue.open({ directory, stateDir, log });
  const throttle = throttleBytesPerSecond === undefined ? undefined : new TokenBucket(throttleBytesPerSecond);
  const server = createServer({ keepAliveTimeout: 30_000, noDelay: true }, (request, response) => {
    answer({ catalogue, throttle }, request, response).catch((error) => fail(request, response, error, log));
  });
  const drain = makeDrainable(server);
  const listening = await listen(server, { host, port }).catch(async (cause: Error) => {
    await catalogue.close();
    throw new Error(`the image service cannot listen on ${host}:${port}: ${cause.message}`, { cause });
  });
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${listening}`,
    port: listening,
    stop: async (graceMs = 5_000) => {
      await Promise.all([drain(graceMs), catalogue.close()]);
    },
  };
}

/** What is served, and how fast. */
interface Serving {
  readonly catalogue: ImageCatalogue;
  readonly throttle: TokenBucket | undefined;
}

async function answer(serving: Serving, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { catalogue, throttle } = serving;
  response.setHeader('x-openstack-request-id', requestIdOf(request));
  if (request.method !== 'GET' && request.method !== 'HEAD')
    throw new GlanceError(405, 'This service only reads: put files into its directory to add images.', {
      Allow: 'GET, HEAD',
    });
  const url = parseTarget(request.url ?? '/');
  const [, version, collection, id, part, ...rest] = url.pathname.replace(/(?<=.)\/$/, '').split('/');
  if (url.pathname === '/') return sendJson(response, 300, versions(request));
  if (url.pathname === '/versions') return sendJson(response, 200, versions(request));
  if (url.pathname === '/healthcheck') return sendText(response, 'OK');
  if (version !== 'v2' || collection !== 'images' || rest.length > 0) throw notFound();
  const caller = callerOf(request);
  if (id === undefined) return sendJson(response, 200, await listing(catalogue, url, caller));
  const image = await catalogue.find(id.toLowerCase());
  if (!image || !maySee(caller, image)) throw noSuchImage(id);
  if (part === undefined) return sendJson(response, 200, image.record);
  if (part !== 'file') throw notFound();
  refuseDeactivated(image, caller);
  await sendImage(request, response, image, throttle);
}

async function sendImage(
  request: IncomingMessage,
  response: ServerResponse,
  { record, path, fileVersion }: Image,
  throttle: TokenBucket | undefined,
): Promise<void> {
  if (!hasData(record.status) || record.size === null) return void response.writeHead(204).end();
  const range = readRange(request.headers.range, record.size);
  const handle = await open(path, 'r');
  try {
    // The bytes must be those whose digests the record names; a file replaced just now is being saved again.
    if ((await fileVersionOf(path)) !== fileVersion) return void response.writeHead(204).end();
    const sent = range ?? { start: 0, end: record.size - 1 };
    response.writeHead(range ? 206 : 200, {
      'Content-Type': 'application/octet-stream',
      'Content-Length': sent.end + 1 - sent.start,
      ...(record.checksum !== null && { 'Content-MD5': record.checksum }),
      ...(range && { 'Content-Range': `bytes ${range.start}-${range.end}/${record.size}` }),
    });
    if (request.method === 'HEAD') response.end();
    else await sendFile(response, handle, sent, throttle);
  } finally {
    await handle.close();
  }
}

function refuseDeactivated({ record }: Image, caller: Caller): void {
  if (record.status === 'deactivated' && !caller.isAdmin)
    throw new GlanceError(403, 'The requested image has been deactivated. Image data download is forbidden.');
}

async function listing(catalogue: ImageCatalogue, url: URL, caller: Caller): Promise<object> {
  const { images, nextMarker } = listImages(await catalogue.list(), url.searchParams, caller);
  const first = new URLSearchParams(url.searchParams);
  first.delete('marker');
  const next = new URLSearchParams(first);
  if (nextMarker !== undefined) next.set('marker', nextMarker);
  return {
    images,
    first: linkTo(first),
    ...(nextMarker !== undefined && { next: linkTo(next) }),
    schema: '/v2/schemas/images',
  };
}

const linkTo = (query: URLSearchParams): string => (query.size ? `/v2/images?${query.toString()}` : '/v2/images');

function versions(request: IncomingMessage): object {
  const host = /^[\w.:[\]-]{1,255}$/.test(request.headers.host ?? '') ? request.headers.host : 'localhost';
  const links = [{ rel: 'self', href: `http://${host}/v2/` }];
  const supported = [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map((minor) => `v2.${minor}`);
  return {
    versions: [
      { id: 'v2.15', status: 'CURRENT', links },
      ...supported.map((id) => ({ id, status: 'SUPPORTED', links })),
    ],
  };
}

function callerOf(request: IncomingMessage): Caller {
  const token = request.headers['x-auth-token'];
  const caller = readCaller(Array.isArray(token) ? token[0] : token);
  if (caller) return caller;
  throw new GlanceError(401, 'This token is none of the development tokens project:user:role,role.');
}

function parseTarget(target: string): URL {
  try {
    return new URL(target, 'http://localhost');
  } catch {
    throw new GlanceError(400, 'The request target is no URL.');
  }
}

const notFound = (): GlanceError => new GlanceError(404, 'The resource could not be found.');

/** A well-formed id of the caller's is kept, so that one id follows a request through all services. */
function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-openstack-request-id'];
  return typeof given === 'string' && /^req-[0-9a-f-]{36}$/.test(given) ? given : `req-${randomUUID()}`;
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response
    .writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) })
    .end(text);
}

function sendText(response: ServerResponse, text: string): void {
  response
    .writeHead(200, { 'Content-Type': 'text/plain; charset=UTF-8', 'Content-Length': Buffer.byteLength(text) })
    .end(text);
}

function fail(request: IncomingMessage, response: ServerResponse, error: unknown, log: (line: string) => void): void {
  const known = error instanceof GlanceError ? error : new GlanceError(500, 'The server has erred; its log says why.');
  if (!(error instanceof GlanceError)) log(`${request.method} ${request.url}: ${(error as Error).stack}`);
  if (response.headersSent) return void response.destroy(error as Error);
  const headers = { 'Content-Type': 'text/html; charset=UTF-8', 'Content-Length': Buffer.byteLength(known.page) };
  response.writeHead(known.status, { ...headers, ...known.headers }).end(known.page);
}

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}
