import type { EncryptionSpec } from '@hearth/contracts';

/** A LUKS 1 container, in the words of `qemu-img`. */
export interface LuksFormat {
  /** Algorithm and bits of a key: `aes-256`. */
  readonly cipherAlg: string;
  readonly cipherMode: string;
  readonly ivgenAlg: string;
  /** For `essiv` alone. */
  readonly ivgenHashAlg: string | undefined;
  /** Where the guest's bytes begin: the header and its eight key slots. So many bytes of a volume are not its guest's. */
  readonly headerBytes: number;
}

/** What a type without a cipher or a key size of its own is encrypted with. */
const defaults = { cipher: 'aes-xts-plain64', keySize: 256 } as const;

const algorithms = ['aes', 'serpent', 'twofish'];
const modes = ['xts', 'cbc'];
const keySizes = [128, 192, 256];
/** Names of today, and the classes that Nova had them by. */
const providers = [/^luks2?$/, /(^|\.)Luks2?Encryptor$/];

/**
 * How volumes of an encrypted type are stored; a sentence about what cannot be done where it names something else. As in Cinder's
 * `decode_cipher`, the key size is the cipher's own: with XTS the container's key is twice as long. 512, by which others count both
 * halves, is 256 there.
 */
export function luksFormatOf({ provider, cipher, keySize }: EncryptionSpec): LuksFormat | { readonly problem: string } {
  if (!providers.some((known) => known.test(provider))) {
    return { problem: `volumes are not encrypted by the provider '${provider}'; luks and luks2 can be used` };
  }
  const text = cipher ?? defaults.cipher;
  const [algorithm = '', mode = '', iv = '', ...more] = text.split('-');
  const [ivgenAlg = '', ivgenHashAlg] = iv.split(':');
  const isKnown = algorithms.includes(algorithm) && modes.includes(mode) && isIv(ivgenAlg, ivgenHashAlg);
  if (!isKnown || more.length > 0) {
    const known = `${algorithms.join(', ')} with ${modes.join(' or ')} and plain, plain64 or essiv:sha256`;
    return { problem: `the cipher '${text}' cannot be used; ${known} can, as in ${defaults.cipher}` };
  }
  const asked = keySize ?? defaults.keySize;
  const bits = mode === 'xts' && asked === 512 ? 256 : asked;
  if (!keySizes.includes(bits)) {
    return { problem: `a key of ${asked} bits cannot be used with the cipher '${text}'; ${keySizes.join(', ')} can` };
  }
  const headerBytes = headerBytesOf((bits / 8) * (mode === 'xts' ? 2 : 1));
  return { cipherAlg: `${algorithm}-${bits}`, cipherMode: mode, ivgenAlg, ivgenHashAlg, headerBytes };
}

/** Bits of the secret that the key manager keeps for a volume of the type. */
export function keyBitsOf({ keySize }: EncryptionSpec): number {
  return keySize ?? defaults.keySize;
}

/** The algorithm that the key manager is told the secret is for. */
export function keyAlgorithmOf({ cipher }: EncryptionSpec): string {
  return (cipher ?? defaults.cipher).split('-')[0] ?? '';
}

function isIv(algorithm: string, hash: string | undefined): boolean {
  if (algorithm === 'essiv') return hash === 'sha256';
  return ['plain', 'plain64'].includes(algorithm) && hash === undefined;
}

const sectorBytes = 512;
const stripes = 4_000;
const alignmentSectors = 8;
const keySlots = 8;

/** Of the container's own key, each slot holds 4,000 stripes of its length; header and slots begin at multiples of 4 KiB. */
function headerBytesOf(masterKeyBytes: number): number {
  const slotSectors = Math.ceil((masterKeyBytes * stripes) / sectorBytes / alignmentSectors) * alignmentSectors;
  return (alignmentSectors + keySlots * slotSectors) * sectorBytes;
}
