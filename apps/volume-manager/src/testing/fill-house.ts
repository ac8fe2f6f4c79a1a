import type { ImageIdentity } from '@hearth/contracts';
import { type GlanceOptions, GlanceImageService } from '@hearth/openstack-clients';
import { type TemporaryDirectory, temporaryDirectory } from '@hearth/testing';
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { FillOrder } from '../fill/fill-work';
import { openFillTools } from '../fill/fill-tools';
import { writeImage } from '../fill/write-image';
import { FileObject } from './file-object';
import { keptLog } from './kept-log';

export const run = promisify(execFile);
export const qemuImg = (...args: string[]) => run('qemu-img', args);
export const MiB = 2 ** 20;
export const sha512 = (content: Buffer) => createHash('sha512').update(content).digest('hex');

/** What an image service says when it is asked for `bytes`. */
type Answer = (request: IncomingMessage, response: ServerResponse, bytes: Buffer) => void;
export const whole: Answer = (_, response, bytes) =>
  void response.writeHead(200, { 'content-length': bytes.length }).end(bytes);

/** Patience for a test. */
const hasty = { fruitlessMax: 2, resumptionsMax: 10, progressBytes: MiB, pauseMs: 1, pauseMsMax: 5 };

/** One image of a service that a test holds in its hands, and the object that it is written to. */
export class FillHouse {
  /** The image as the service has it. */
  bytes: Buffer = Buffer.alloc(0);
  answer: Answer = whole;
  /** How often the service was asked. */
  asked = 0;
  private constructor(
    private readonly directory: TemporaryDirectory,
    private readonly server: Server,
    private readonly source: GlanceImageService,
    private readonly tools: Awaited<ReturnType<typeof openFillTools>>,
  ) {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.asked += 1;
      this.answer(request, response, this.bytes);
    });
  }

  static async open(patience: Partial<GlanceOptions> = {}): Promise<FillHouse> {
    const directory = await temporaryDirectory();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const source = new GlanceImageService({ endpoints: [endpoint], retriesMax: 2, retryWaitMs: 1, ...patience });
    const tools = await openFillTools({
      ...{ source, keyManager: undefined, log: keptLog(), resume: hasty },
      scratchDirectory: join(directory.path, 'scratch'),
    });
    return new FillHouse(directory, server, source, tools);
  }

  async close(): Promise<void> {
    await this.tools.close();
    await this.source.close();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    await this.directory.remove();
  }

  /** A path for a file that a test makes. */
  at(name: string): string {
    return join(this.directory.path, name);
  }

  /** Where the object is written. */
  get target(): string {
    return this.at('object');
  }

  /** A raw image of the bytes as they are now. */
  identity(patch: Partial<ImageIdentity> = {}): ImageIdentity {
    return {
      id: '7a5d3d1c-4d0c-4d2f-9a55-0f6a2d6c1a01',
      name: 'tiny',
      updatedAt: '2026-01-02T03:04:05Z',
      osHashAlgo: 'sha512',
      osHashValue: sha512(this.bytes),
      checksum: null,
      sizeBytes: this.bytes.length,
      virtualSizeBytes: null,
      diskFormat: 'raw',
      containerFormat: 'bare',
      visibility: 'public',
      owner: null,
      minDiskGib: 0,
      minRamMib: 0,
      properties: {},
      ...patch,
    };
  }

  write(image: Partial<ImageIdentity> = {}, order: Partial<FillOrder> = {}): ReturnType<typeof writeImage> {
    return writeImage(
      {
        image: this.identity(image),
        unitBytes: MiB,
        virtualSizeBytesMax: 2 ** 30,
        signal: new AbortController().signal,
        open: (sizeBytes) => FileObject.create(this.target, sizeBytes),
        ...order,
      },
      this.tools,
    );
  }

  /** A raw disk of 8 MiB with data at its start, in its middle, and in its last sector. */
  async rawDisk(): Promise<string> {
    const path = this.at('disk.raw');
    const disk = Buffer.alloc(8 * MiB);
    randomBytes(3 * MiB).copy(disk, 0);
    randomBytes(5000).copy(disk, 5 * MiB + 12345);
    randomBytes(512).copy(disk, 8 * MiB - 512);
    await writeFile(path, disk);
    return path;
  }

  /** What stays at `disk.qcow2`. */
  async qcow2Of(raw: string, ...options: string[]): Promise<Buffer> {
    const path = this.at('disk.qcow2');
    await qemuImg('convert', '-f', 'raw', '-O', 'qcow2', ...options, raw, path);
    return readFile(path);
  }

  /** Jest compares buffers byte by byte, which takes minutes. */
  async expectBytes(expected: Buffer): Promise<void> {
    const found = await readFile(this.target);
    expect(found.length).toBe(expected.length);
    expect(found.equals(expected)).toBe(true);
  }

  async expectNothingLeft(): Promise<void> {
    expect(existsSync(this.target)).toBe(false);
    const scratch = this.at('scratch');
    expect(existsSync(scratch) ? await readdir(scratch) : []).toEqual([]);
  }

  async expectFailure(work: Promise<unknown>, code: string, reason: RegExp): Promise<void> {
    await expect(work).rejects.toMatchObject({ failure: { code, reason: expect.stringMatching(reason) as string } });
    await this.expectNothingLeft();
  }
}
