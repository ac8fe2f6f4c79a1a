// An image service whose images misbehave as a test says: the reading calls of the Image API v2, over bytes in memory.
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What is wrong with an image's data, if anything. */
export type Flaw =
  | { readonly kind: 'wrong-hash' }
  | { readonly kind: 'answers-500' }
  /** The connection ends before the promised length. */
  | { readonly kind: 'ends-early'; readonly afterBytes: number }
  /** The connection stays open and brings nothing more. */
  | { readonly kind: 'stalls'; readonly afterBytes: number }
  /** As `stalls`, until `release`; then the rest comes. */
  | { readonly kind: 'waits'; readonly afterBytes: number };

export interface ImageToServe {
  readonly bytes: Buffer;
  readonly diskFormat?: 'raw' | 'qcow2';
  readonly virtualSizeBytes?: number;
  readonly flaw?: Flaw;
}

interface Served extends ImageToServe {
  readonly record: Record<string, unknown>;
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
      id,
      name: `image-${id}`,
      status: 'active',
      visibility: 'public',
      owner: 'operator',
      disk_format: image.diskFormat ?? 'raw',
      container_format: 'bare',
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
    this.images.set(id, { ...image, record, downloads: 0, released: false });
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
    if (file) return this.sendData(id, image, response);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(image.record));
  }

  private async sendData(id: string, image: Served, response: ServerResponse): Promise<void> {
    image.downloads++;
    const { bytes, flaw } = image;
    if (flaw?.kind === 'answers-500') return void response.writeHead(500).end('<html>Internal Server Error</html>');
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': bytes.length });
    const stop =
      flaw && 'afterBytes' in flaw && !(flaw.kind === 'waits' && image.released) ? flaw.afterBytes : undefined;
    await send(response, bytes.subarray(0, stop));
    if (stop === undefined) return void response.end();
    if (flaw?.kind === 'ends-early') return void response.destroy();
    if (flaw?.kind !== 'waits') return;
    await new Promise<void>((resolve) => {
      this.released.set(id, resolve);
      response.once('close', resolve);
    });
    await send(response, bytes.subarray(stop));
    response.end();
  }
}

/** Piece by piece, no faster than they are taken; ends when the other side has gone. */
async function send(response: ServerResponse, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length && !response.destroyed; at += chunkBytes) {
    if (!response.write(bytes.subarray(at, at + chunkBytes))) {
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
