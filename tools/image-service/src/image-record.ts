import { createHash } from 'node:crypto';
import type { Sidecar } from './sidecar';

/** What Glance says about an image: the keys of its API, and flat string properties beside them. */
export interface ImageRecord {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly visibility: 'public' | 'private' | 'shared' | 'community';
  readonly owner: string | null;
  readonly size: number | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly os_hidden: boolean;
  readonly checksum: string | null;
  readonly os_hash_value: string | null;
  readonly tags: readonly string[];
  readonly [key: string]: unknown;
}

/** What was found out about a file without reading all of it. */
export interface FileFacts {
  readonly fileName: string;
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
  readonly diskFormat: string;
  readonly containerFormat: 'bare' | 'compressed';
  /** Null where the format's own size is not known. */
  readonly virtualSizeBytes: number | null;
}

/** Hex digests of the whole file. */
export interface Digests {
  readonly md5: string;
  readonly sha512: string;
}

const withoutData = ['queued', 'saving', 'importing', 'killed'];

/** Whether an image of this status has bytes to hash and to serve. */
export const hasData = (status: string): boolean => !withoutData.includes(status);

/** The record of a file. Without digests it is still being saved, as in a Glance that is reading an upload. */
export function describeImage(file: FileFacts, sidecar: Sidecar, digests: Digests | undefined): ImageRecord {
  const claimed = sidecar.status ?? 'active';
  const status = hasData(claimed) && !digests ? 'saving' : claimed;
  const id = sidecar.id ?? imageIdOf(file.fileName);
  const modifiedAt = wholeSeconds(file.modifiedAtMs);
  return {
    ...sidecar.properties,
    name: sidecar.name ?? file.fileName.replace(/\.gz$/i, '').replace(/\.(raw|img|qcow2?|iso|vmdk|vdi|vhdx?)$/i, ''),
    disk_format: sidecar.disk_format ?? file.diskFormat,
    container_format: sidecar.container_format ?? file.containerFormat,
    visibility: sidecar.visibility ?? 'public',
    status,
    ...describeData(file, hasData(status) ? digests : undefined),
    protected: sidecar.protected ?? false,
    min_ram: sidecar.min_ram ?? 0,
    min_disk: sidecar.min_disk ?? 0,
    owner: sidecar.owner ?? null,
    os_hidden: sidecar.os_hidden ?? false,
    id,
    created_at: modifiedAt,
    updated_at: modifiedAt,
    tags: sidecar.tags ?? [],
    self: `/v2/images/${id}`,
    file: `/v2/images/${id}/file`,
    schema: '/v2/schemas/image',
  };
}

/** What is null for as long as an image has no data. */
function describeData({ sizeBytes, virtualSizeBytes }: FileFacts, digests: Digests | undefined) {
  if (!digests) return { size: null, virtual_size: null, checksum: null, os_hash_algo: null, os_hash_value: null };
  const { md5, sha512 } = digests;
  return {
    size: sizeBytes,
    virtual_size: virtualSizeBytes,
    checksum: md5,
    os_hash_algo: 'sha512',
    os_hash_value: sha512,
  };
}

/** A file keeps its id for as long as it keeps its name: a version 5 UUID (RFC 9562) in a namespace of our own. */
export function imageIdOf(fileName: string): string {
  const namespace = Buffer.from('6f1f4c2e0b6d4a0f9d3c7a5be1c58d21', 'hex');
  const hash = createHash('sha1').update(namespace).update(fileName, 'utf8').digest().subarray(0, 16);
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  return hash.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

const wholeSeconds = (timeMs: number): string => new Date(timeMs).toISOString().replace(/\.\d+Z$/, 'Z');
