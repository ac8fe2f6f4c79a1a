import { createHash } from 'node:crypto';
import type { CacheDecision } from '@hearth/cache-advisor';
import type { Random } from '@hearth/cache-advisor/testing';
import type { ImageIdentity } from '@hearth/contracts';

const gib = 2 ** 30;

/** The image that a decision of a trace speaks of: equal keys are one image. Its name is the key up to an `@`. */
export function imageOf({ key, sizeGib, bytes, at }: CacheDecision): ImageIdentity {
  const hash = createHash('sha512').update(key).digest('hex');
  return {
    id: uuidOf(hash),
    name: key.split('@')[0]!,
    updatedAt: new Date(at).toISOString(),
    osHashAlgo: 'sha512',
    osHashValue: hash,
    checksum: hash.slice(0, 32),
    sizeBytes: bytes,
    virtualSizeBytes: sizeGib * gib,
    diskFormat: 'qcow2',
    containerFormat: 'bare',
    visibility: 'public',
    owner: 'images',
    minDiskGib: 0,
    minRamMib: 0,
    properties: {},
  };
}

/** A new id, the same for the same seed. */
export function randomUuid(random: Random): string {
  const part = () => Math.floor(random() * 2 ** 32).toString(16);
  return uuidOf([part(), part(), part(), part()].map((digits) => digits.padStart(8, '0')).join(''));
}

/** The first 122 bits of at least 32 hexadecimal digits, as a UUID of version 4. */
function uuidOf(hex: string): string {
  const variant = '89ab'[Number.parseInt(hex[16]!, 16) % 4]!;
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, variant + hex.slice(17, 20)];
  return [...parts, hex.slice(20, 32)].join('-');
}
