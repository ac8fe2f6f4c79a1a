import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';

/** What Glance says of an image: fixed keys, and whatever properties its owner gave it (strings, beside the fixed keys). */
export interface GlanceImageRecord {
  readonly id: string;
  readonly name: string | null;
  readonly status: string;
  readonly visibility: string;
  readonly owner: string | null;
  readonly checksum: string | null;
  readonly os_hash_algo: string | null;
  readonly os_hash_value: string | null;
  readonly size: number | null;
  readonly virtual_size: number | null;
  readonly disk_format: string | null;
  readonly container_format: string | null;
  readonly min_disk: number;
  readonly min_ram: number;
  readonly tags: readonly string[];
  readonly created_at: string;
  readonly updated_at: string;
  readonly [property: string]: unknown;
}

export interface ImageToCreate {
  /** Chosen by Glance unless told. */
  readonly id?: string;
  readonly name: string;
  readonly diskFormat: string;
  /** `bare` unless told. */
  readonly containerFormat?: string;
  readonly visibility?: 'public' | 'private' | 'shared' | 'community';
  readonly minDiskGib?: number;
  readonly minRamMib?: number;
  readonly properties?: Readonly<Record<string, string>>;
  /** The bytes; an image without any stays `queued`. */
  readonly data?: { readonly file: string } | { readonly bytes: Uint8Array };
}

/** One operation of JSON patch as Glance takes it: a path below the image, such as `/name`. */
export interface ImagePatch {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path: `/${string}`;
  readonly value?: unknown;
}

/** Refused by Glance: what was asked, the status, and the body (which is HTML for most refusals). */
export class GlanceRefusal extends Error {
  constructor(
    readonly status: number,
    readonly body: string,
    asked: string,
  ) {
    super(
      `Glance answered ${status} to ${asked}: ${body
        .replace(/<[^>]*>/g, ' ')
        .replace(/\s+/g, ' ')
        .trim()}`,
    );
    this.name = 'GlanceRefusal';
  }
}

/** What a request bears beside method and path. */
type Asked = Pick<RequestInit, 'body' | 'duplex'> & { headers?: Record<string, string> };

/** The operator's side of Glance that tests need: register, fill, change, deactivate, delete. */
export class GlanceImages {
  constructor(
    private readonly url: string,
    private readonly headers: Readonly<Record<string, string>>,
  ) {}

  /** Registers an image and uploads its bytes; resolves with the record as it is afterwards. */
  async create(image: ImageToCreate): Promise<GlanceImageRecord> {
    const { id } = await this.json('POST', '/v2/images', {
      ...(image.id !== undefined && { id: image.id }),
      name: image.name,
      disk_format: image.diskFormat,
      container_format: image.containerFormat ?? 'bare',
      visibility: image.visibility ?? 'public',
      min_disk: image.minDiskGib ?? 0,
      min_ram: image.minRamMib ?? 0,
      ...image.properties,
    });
    if (image.data) await this.upload(id, image.data);
    return this.show(id);
  }

  async show(id: string): Promise<GlanceImageRecord> {
    return this.json('GET', `/v2/images/${id}`);
  }

  async upload(id: string, data: NonNullable<ImageToCreate['data']>): Promise<void> {
    const { body, sizeBytes } = await bodyOf(data);
    await this.send('PUT', `/v2/images/${id}/file`, {
      headers: { 'content-type': 'application/octet-stream', 'content-length': String(sizeBytes) },
      body,
      duplex: 'half',
    });
  }

  async patch(id: string, operations: readonly ImagePatch[]): Promise<GlanceImageRecord> {
    const response = await this.send('PATCH', `/v2/images/${id}`, {
      headers: { 'content-type': 'application/openstack-images-v2.1-json-patch' },
      body: JSON.stringify(operations),
    });
    return (await response.json()) as GlanceImageRecord;
  }

  async deactivate(id: string): Promise<void> {
    await this.send('POST', `/v2/images/${id}/actions/deactivate`);
  }

  async reactivate(id: string): Promise<void> {
    await this.send('POST', `/v2/images/${id}/actions/reactivate`);
  }

  async delete(id: string): Promise<void> {
    await this.send('DELETE', `/v2/images/${id}`);
  }

  private async json(method: string, path: string, body?: unknown): Promise<GlanceImageRecord> {
    const sent: Asked =
      body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const response = await this.send(method, path, sent);
    return (await response.json()) as GlanceImageRecord;
  }

  private async send(method: string, path: string, init: Asked = {}): Promise<Response> {
    const headers = { ...this.headers, ...init.headers };
    const response = await fetch(`${this.url}${path}`, { method, ...init, headers });
    if (!response.ok) throw new GlanceRefusal(response.status, await response.text(), `${method} ${path}`);
    return response;
  }
}

/** A file is streamed, so that an image of many GiB does not have to fit into memory. */
async function bodyOf(
  data: NonNullable<ImageToCreate['data']>,
): Promise<{ body: RequestInit['body']; sizeBytes: number }> {
  if ('bytes' in data) return { body: data.bytes, sizeBytes: data.bytes.byteLength };
  const { size } = await stat(data.file);
  return { body: Readable.toWeb(createReadStream(data.file, { highWaterMark: 1 << 20 })), sizeBytes: size };
}
