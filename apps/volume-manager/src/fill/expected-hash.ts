import type { FillEvidence, ImageIdentity } from '@hearth/contracts';
import { FillError } from './fill-error';

/**
 * Names of hashes in Python, which Glance is configured with, and in Node. Those whose length is chosen when they are computed are left
 * out, and those that are no hash of bytes alone.
 */
const nodeNames = new Map([
  ...['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'].map((name) => [name, name] as const),
  ['sha512_224', 'sha512-224'],
  ['sha512_256', 'sha512-256'],
  ['sha3_224', 'sha3-224'],
  ['sha3_256', 'sha3-256'],
  ['sha3_384', 'sha3-384'],
  ['sha3_512', 'sha3-512'],
  ['blake2b', 'blake2b512'],
  ['blake2s', 'blake2s256'],
]);

/** Which hash of the image's bytes is computed, and what it is compared with. */
export interface ExpectedHash {
  /** As Node names it. */
  readonly algorithm: string;
  /** Hexadecimal, lower case; null where the image service names none. */
  readonly value: string | null;
  readonly verifiedBy: FillEvidence['verifiedBy'];
}

/**
 * The multihash if the image has one, else the MD5 checksum, as Glance's own client does; where there is neither, a SHA-512 is
 * recorded and compared with nothing. An algorithm that nobody knows is refused: falling back would be believing less than was
 * promised.
 */
export function expectedHash(image: ImageIdentity): ExpectedHash {
  const { osHashAlgo, osHashValue, checksum } = image;
  if (osHashAlgo && osHashValue) {
    const algorithm = nodeNames.get(osHashAlgo.toLowerCase());
    if (algorithm === undefined) {
      const reason = `The image's hash algorithm ${osHashAlgo} is not supported.`;
      throw new FillError({ code: 'image.unacceptable', reason });
    }
    return { algorithm, value: osHashValue.toLowerCase(), verifiedBy: 'os_hash' };
  }
  if (checksum) return { algorithm: 'md5', value: checksum.toLowerCase(), verifiedBy: 'checksum' };
  return { algorithm: 'sha512', value: null, verifiedBy: 'none' };
}

/** Whether nobody is known to be able to make two files with the same hash of this algorithm; what is not known here is not believed. */
export function isCollisionResistant(algorithm: string): boolean {
  return /^(sha256|sha384|sha512|sha512-256|sha3-\d+|blake2[bs]\d+)$/.test(algorithm);
}
