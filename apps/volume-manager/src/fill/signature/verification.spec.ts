import { certificateFor } from '@hearth/testing';
import { type KeyObject, constants, createVerify, generateKeyPairSync, sign } from 'node:crypto';
import { FillError } from '../fill-error';
import { type HashMethod, type ImageSignature, type SignatureKeyType, curves, hashMethods } from './image-signature';
import { type VerifyRequest, verification } from './verification';

const now = Date.UTC(2026, 5, 15, 12);
const second = 1000;
const bytes = Buffer.from('the bytes of an image');

interface Pair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}
const pairs: Readonly<Record<SignatureKeyType, Pair>> = {
  'RSA-PSS': generateKeyPairSync('rsa', { modulusLength: 2048 }),
  DSA: generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 }),
  ECC_SECT571K1: elliptic(curves.ECC_SECT571K1),
  ECC_SECT409K1: elliptic(curves.ECC_SECT409K1),
  ECC_SECT571R1: elliptic(curves.ECC_SECT571R1),
  ECC_SECT409R1: elliptic(curves.ECC_SECT409R1),
  ECC_SECP521R1: elliptic(curves.ECC_SECP521R1),
  ECC_SECP384R1: elliptic(curves.ECC_SECP384R1),
};
const keyTypes = Object.keys(pairs) as SignatureKeyType[];
const methods = Object.keys(hashMethods) as HashMethod[];

function elliptic(namedCurve: string): Pair {
  return generateKeyPairSync('ec', { namedCurve });
}

/** A certificate around `now`. */
const pemOf = (publicKey: KeyObject, validFrom = new Date(now - second), validTo = new Date(now + second)) =>
  certificateFor({ publicKey, validFrom, validTo });

function signed(keyType: SignatureKeyType, hashMethod: HashMethod, { privateKey } = pairs[keyType]): ImageSignature {
  const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_MAX_SIGN };
  const signature = sign(hashMethods[hashMethod].hash, bytes, {
    key: privateKey,
    ...(keyType === 'RSA-PSS' && padding),
  });
  return { signature, hashMethod, keyType, certificateId: '5a1d1f2e-7a44-4b0e-9d60-2f0c3bde7a10' };
}

/** As another thread does it, chunk by chunk. */
function holds(request: VerifyRequest, content: Buffer): boolean {
  const { hash, signature, ...key } = structuredClone(request);
  const verifier = createVerify(hash);
  for (const byte of content) verifier.update(Buffer.of(byte));
  return verifier.verify(key, signature);
}

function failureOf(work: () => unknown): FillError['failure'] {
  try {
    work();
  } catch (error) {
    if (error instanceof FillError) return error.failure;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe.each(keyTypes)('an image signed with a key of the type %s', (keyType) => {
  test.each(methods)('and %s is what was signed, and nothing else is', (hashMethod) => {
    const signature = signed(keyType, hashMethod);
    const request = verification(signature, pemOf(pairs[keyType].publicKey), now);
    expect(holds(request, bytes)).toBe(true);
    expect(holds(request, Buffer.concat([bytes, Buffer.of(0)]))).toBe(false);
    expect(holds(request, bytes.subarray(1))).toBe(false);
    expect(holds({ ...request, signature: Buffer.alloc(signature.signature.length, 7) }, bytes)).toBe(false);
  });

  test('does not hold under another hash method than it was signed with', () => {
    const signature: ImageSignature = { ...signed(keyType, 'SHA-256'), hashMethod: 'SHA-384' };
    expect(holds(verification(signature, pemOf(pairs[keyType].publicKey), now), bytes)).toBe(false);
  });

  test('needs a certificate with a key of this type and curve', () => {
    for (const other of keyTypes.filter((type) => type !== keyType)) {
      const { code, reason } = failureOf(() =>
        verification(signed(keyType, 'SHA-256'), pemOf(pairs[other].publicKey), now),
      );
      expect([code, reason]).toEqual(['image.signature_invalid', expect.stringContaining(`of the type ${keyType}`)]);
    }
  });
});

test.each([
  ['rsa', 'RSA'],
  ['elliptic', 'secp384r1'],
])('a certificate of another owner with a key of the same kind does not verify (%s)', (kind) => {
  const keyType = kind === 'rsa' ? 'RSA-PSS' : 'ECC_SECP384R1';
  const other = kind === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : elliptic('secp384r1');
  expect(holds(verification(signed(keyType, 'SHA-256'), pemOf(other.publicKey), now), bytes)).toBe(false);
});

describe('the dates of a certificate', () => {
  const signature = signed('ECC_SECP384R1', 'SHA-256');
  const { publicKey } = pairs.ECC_SECP384R1;
  const at = (from: number, to: number) => () =>
    verification(signature, pemOf(publicKey, new Date(now + from), new Date(now + to)), now);

  test('include both ends', () => {
    expect(holds(at(0, second)(), bytes)).toBe(true);
    expect(holds(at(-second, 0)(), bytes)).toBe(true);
  });

  test('may be past the year 2050', () => expect(holds(at(0, 100 * 365 * 86_400_000)(), bytes)).toBe(true));

  test('that are not reached are refused', () =>
    expect(failureOf(at(second, 2 * second))).toEqual({
      code: 'image.signature_invalid',
      reason: expect.stringContaining('valid only from Jun 15 12:00:01 2026 GMT'),
    }));

  test('that are past are refused', () =>
    expect(failureOf(at(-2 * second, -second))).toEqual({
      code: 'image.signature_invalid',
      reason: expect.stringContaining('valid until Jun 15 11:59:59 2026 GMT'),
    }));
});

describe('an RSA signature', () => {
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  const { publicKey, privateKey } = pairs['RSA-PSS'];
  const request = (signature: Buffer, pem = pemOf(publicKey), hashMethod: HashMethod = 'SHA-256') =>
    verification({ ...signed('RSA-PSS', hashMethod), signature }, pem, now);

  test.each([0, 20, 32, constants.RSA_PSS_SALTLEN_DIGEST])(
    'with a salt of %i, not the longest, is not one',
    (saltLength) => {
      const signature = sign('sha256', bytes, { key: privateKey, padding, saltLength });
      expect(holds(request(signature), bytes)).toBe(false);
    },
  );

  test('with the padding of PKCS #1 v1.5 is not one', () =>
    expect(holds(request(sign('sha256', bytes, privateKey)), bytes)).toBe(false));

  test('of a key whose modulus is no whole number of bytes holds', () => {
    const odd = generateKeyPairSync('rsa', { modulusLength: 1025 });
    const signature = signed('RSA-PSS', 'SHA-256', odd);
    expect(holds(verification(signature, pemOf(odd.publicKey), now), bytes)).toBe(true);
  });

  // OpenSSL takes a negative length for the name of a rule, one of which accepts any salt.
  test('of a key that is too short for the hash is refused', () => {
    const short = generateKeyPairSync('rsa', { modulusLength: 512 });
    const { reason } = failureOf(() => request(Buffer.alloc(64), pemOf(short.publicKey), 'SHA-512'));
    expect(reason).toContain('too short for SHA-512');
  });

  test('of a key that is for PSS only holds, with the hash that the key allows', () => {
    const hashes = { hashAlgorithm: 'sha256', mgf1HashAlgorithm: 'sha256' };
    const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048, ...hashes });
    const signature = signed('RSA-PSS', 'SHA-256', pss);
    expect(holds(verification(signature, pemOf(pss.publicKey), now), bytes)).toBe(true);
    const { reason } = failureOf(() =>
      verification({ ...signature, hashMethod: 'SHA-512' }, pemOf(pss.publicKey), now),
    );
    expect(reason).toContain('may be used with sha256 only, not sha512');
  });
});

describe('a certificate that is none', () => {
  test.each(['', 'x', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'])('%j', (pem) => {
    const { code, reason } = failureOf(() => verification(signed('DSA', 'SHA-256'), pem, now));
    expect([code, reason]).toEqual(['image.signature_invalid', expect.stringContaining('cannot be read')]);
  });

  test('has a key that signs no images', () => {
    const { publicKey } = generateKeyPairSync('ed25519');
    const { reason } = failureOf(() => verification(signed('DSA', 'SHA-256'), pemOf(publicKey), now));
    expect(reason).toContain('the key of its certificate is ed25519');
  });
});
