import { invalidInput } from '@hearth/cinder-v3';
import { createHash } from 'node:crypto';

const keyPattern = /^[\x21-\x7e]{1,255}$/;

/** The key of a request that may be repeated; undefined for one without. Throws a fault of 400. */
export function idempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined || keyPattern.test(header)) return header;
  throw invalidInput('Idempotency-Key must be 1 to 255 visible ASCII characters without spaces.');
}

/** A name space of our own for UUIDs that are made from a project and a key. */
const namespace = Buffer.from('6f1d2f0c5e5b4c0f9a5f7c1f0b7d3a21', 'hex');

/** The id of the volume that a project's key stands for: a UUID of version 5, the same whenever asked. */
export function volumeIdOfKey(projectId: string, key: string): string {
  const hash = createHash('sha1')
    .update(namespace)
    .update(JSON.stringify([projectId, key]))
    .digest();
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  return hash.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** SHA-256 of a body's content: the same for bodies that differ in the order of keys alone. */
export function requestDigest(body: unknown): string {
  return createHash('sha256').update(canonical(body)).digest('hex');
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([name, item]) => `${JSON.stringify(name)}:${canonical(item)}`).join(',')}}`;
}
