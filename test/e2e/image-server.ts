// An image service whose images misbehave as a test says: the reading calls of the Image API v2, over bytes in memory.
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { TokenBucket } from '../../tools/image-service/src/token-bucket';

/** What is wrong with an image's data, if anything. */
export type Flaw =
  | { readonly kind: 'wrong-hash' }
  | { readonly kind: 'answers-500' }
  /** Answers that there are no bytes. */
  | { readonly kind: 'answers-204' }
  /** Has, and announces, so many bytes of those that its record names. */
  | { readonly kind: 'wrong-length'; readonly lengthBytes: number }
  /** The connection ends before the promised length, where the file has come to `afterBytes`; `times` downloads, or all of them. */
  | { readonly kind: 'ends-early'; readonly afterBytes: number; readonly times?: number }
  /** The connection stays open and brings nothing beyond `afterBytes` of the file; `times` downloads, or all of them. */
  | { readonly kind: 'stalls'; readonly afterBytes: number; readonly times?: number }
  /** As `stalls`, until `release`; then the rest comes. */
  | { readonly kind: 'waits'; readonly afterBytes: number };

export interface ImageToServe {
  readonly bytes: Buffer;
  readonly diskFormat?: string;
  /** `bare` unless told. */
  readonly containerFormat?: 'bare' | 'compressed';
  readonly virtualSizeBytes?: number;
  /** Properties beyond the fields that every image has. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Asked for a range, the server sends the whole. */
  readonly withoutRanges?: boolean;
  /** How fast its bytes are sent, all downloads together. */
  readonly bytesPerSecond?: number;
  readonly flaw?: Flaw;
}

interface Served extends ImageToServe {
  readonly record: Record<string, unknown>;
  readonly throttle: TokenBucket | undefined;
  downloads: number;
  released: boolean;
}

const chunkBytes = 256 * 1024;

export class ImageServer {
  private readonly images = new Map<string, Served>();
  private readonly released = new Map<string, () => void>();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<ImageServer> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const service = new ImageServer(server, `http://127.0.0.1:${port}`);
    server.on('request', (request, response) => void service.answer(request, response));
    return service;
  }

  /** Offers an image; returns its id. */
  add(image: ImageToServe): string {
    const id = randomUUID();
    const hash = createHash('sha512').update(image.bytes).digest('hex');
    const record = {
      ...image.properties,
      id,
      name: `image-${id}`,
      status: 'active',
      visibility: 'public',
      owner: 'operator',
      disk_format: image.diskFormat ?? 'raw',
      container_format: image.containerFormat ?? 'bare',
      size: image.bytes.length,
      virtual_size: image.virtualSizeBytes ?? image.bytes.length,
      min_disk: 0,
      min_ram: 0,
      protected: false,
      os_hidden: false,
      tags: [],
      checksum: createHash('md5').update(image.bytes).digest('hex'),
      os_hash_algo: 'sha512',
      os_hash_value:
        image.flaw?.kind === 'wrong-hash' ? hash.replace(/^./, (digit) => (digit === '0' ? '1' : '0')) : hash,
      created_at: '2026-01-01T00:00:00Z',
      updated_at: '2026-01-01T00:00:00Z',
    };
    const throttle = image.bytesPerSecond === undefined ? undefined : new TokenBucket(image.bytesPerSecond);
    this.images.set(id, { ...image, record, throttle, downloads: 0, released: false });
    return id;
  }

  /** How often the data of an image was asked for. */
  downloadsOf(id: string): number {
    return this.images.get(id)?.downloads ?? 0;
  }

  /** Lets the download of an image that waits go on, this one and those to come. */
  release(id: string): void {
    const image = this.images.get(id);
    if (image) image.released = true;
    this.released.get(id)?.();
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, id = '', file] = /^\/v2\/images\/([0-9a-f-]{36})(\/file)?(?:\?|$)/.exec(request.url ?? '') ?? [];
    const image = this.images.get(id);
    if (!image) return void response.writeHead(404).end('<html>No such image</html>');
    if (file) return this.sendData(id, image, request, response);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(image.record));
  }

  private async sendData(id: string, image: Served, request: IncomingMessage, response: ServerResponse): Promise<void> {
    image.downloads++;
    const { flaw, throttle } = image;
    if (flaw?.kind === 'answers-500') return void response.writeHead(500).end('<html>Internal Server Error</html>');
    if (flaw?.kind === 'answers-204') return void response.writeHead(204).end();
    const bytes = flaw?.kind === 'wrong-length' ? image.bytes.subarray(0, flaw.lengthBytes) : image.bytes;
    const fromByte = writeHead(request, response, { sizeBytes: bytes.length, withoutRanges: image.withoutRanges });
    if (fromByte === undefined) return;
    const stop = stopOf(image);
    await send(response, bytes.subarray(fromByte, stop), throttle);
    if (stop === undefined) return void response.end();
    if (flaw?.kind === 'ends-early') return void response.destroy();
    if (flaw?.kind !== 'waits') return;
    await new Promise<void>((resolve) => {
      this.released.set(id, resolve);
      response.once('close', resolve);
    });
    await send(response, bytes.subarray(Math.max(fromByte, stop)), throttle);
    response.end();
  }
}

/** Answers a request for bytes as Glance does; where they begin, or undefined where there are none from there on. */
function writeHead(
  request: IncomingMessage,
  response: ServerResponse,
  { sizeBytes, withoutRanges }: { readonly sizeBytes: number; readonly withoutRanges: boolean | undefined },
): number | undefined {
  const [, first] = (!withoutRanges && /^bytes=(\d+)-$/.exec(request.headers.range ?? '')) || [];
  const fromByte = Number(first ?? 0);
  const head = { 'content-type': 'application/octet-stream', 'content-length': sizeBytes - fromByte };
  if (first === undefined) {
    response.writeHead(200, head);
    return 0;
  }
  if (fromByte >= sizeBytes) {
    response.writeHead(416, { 'content-range': `bytes */${sizeBytes}` }).end();
    return undefined;
  }
  response.writeHead(206, { ...head, 'content-range': `bytes ${fromByte}-${sizeBytes - 1}/${sizeBytes}` });
  return fromByte;
}

/** The place in the file at which the download that has just begun stops; undefined: it does not. */
function stopOf({ flaw, downloads, released }: Served): number | undefined {
  switch (flaw?.kind) {
    case 'waits':
      return released ? undefined : flaw.afterBytes;
    case 'ends-early':
    case 'stalls':
      return downloads > (flaw.times ?? Infinity) ? undefined : flaw.afterBytes;
    default:
      return undefined;
  }
}

/** Piece by piece, no faster than they are taken; ends when the other side has gone. */
async function send(response: ServerResponse, bytes: Buffer, throttle: TokenBucket | undefined): Promise<void> {
  for (let at = 0; at < bytes.length && !response.destroyed; at += chunkBytes) {
    const piece = bytes.subarray(at, at + chunkBytes);
    if (throttle) await sleep(throttle.take(piece.length, performance.now()));
    if (!response.write(piece)) {
      await drained(response);
    }
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      response.off('drain', end).off('close', end);
      resolve();
    };
    response.on('drain', end).on('close', end);
  });
}
