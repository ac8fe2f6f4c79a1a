import { createHash } from 'node:crypto';

/** A name space of our own for UUIDs that are made from services. */
const namespace = Buffer.from('0c6f5d0d3c4b4d7c9d6a7e2b1f8a4e55', 'hex');
const known = new Map<string, string>();
/** There are only so many backends; whatever comes beyond is made anew. */
const knownMax = 10_000;

/** The UUID of the service `host@backend` that a pool belongs to: version 5, the same whenever asked. Null without a pool. */
export function serviceUuid(pool: string | null): string | null {
  if (pool === null) return null;
  const [service = pool] = pool.split('#');
  let uuid = known.get(service);
  if (uuid === undefined) {
    uuid = uuidOf(service);
    if (known.size < knownMax) known.set(service, uuid);
  }
  return uuid;
}

function uuidOf(name: string): string {
  const hash = createHash('sha1').update(namespace).update(name).digest();
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  return hash.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
