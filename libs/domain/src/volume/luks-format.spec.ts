import type { EncryptionSpec } from '@hearth/contracts';
import { keyAlgorithmOf, keyBitsOf, luksFormatOf } from './luks-format';

const spec = (patch: Partial<EncryptionSpec> = {}): EncryptionSpec => ({
  ...{ provider: 'luks', cipher: 'aes-xts-plain64', keySize: 256, controlLocation: 'front-end' },
  ...patch,
});

describe('a container', () => {
  test.each<[string, number | null, object]>([
    [
      'aes-xts-plain64',
      256,
      { cipherAlg: 'aes-256', cipherMode: 'xts', ivgenAlg: 'plain64', headerBytes: 4_040 * 512 },
    ],
    ['aes-xts-plain64', 192, { cipherAlg: 'aes-192', headerBytes: 3_016 * 512 }],
    ['aes-xts-plain64', 128, { cipherAlg: 'aes-128', headerBytes: 2_056 * 512 }],
    ['aes-xts-plain64', 512, { cipherAlg: 'aes-256', headerBytes: 4_040 * 512 }],
    ['serpent-xts-plain64', null, { cipherAlg: 'serpent-256' }],
    ['twofish-cbc-plain', 128, { cipherAlg: 'twofish-128', cipherMode: 'cbc', ivgenAlg: 'plain' }],
    ['aes-cbc-essiv:sha256', 256, { ivgenAlg: 'essiv', ivgenHashAlg: 'sha256', headerBytes: 2_056 * 512 }],
  ])('of %s and %p bits is what Cinder has qemu-img make', (cipher, keySize, expected) => {
    expect(luksFormatOf(spec({ cipher, keySize }))).toMatchObject(expected);
  });

  test.each(['luks', 'luks2', 'nova.volume.encryptors.luks.LuksEncryptor'])('is made for the provider %s', (provider) =>
    expect(luksFormatOf(spec({ provider }))).not.toHaveProperty('problem'),
  );

  test('of a type that says neither cipher nor size is of AES with 256 bits', () => {
    const bare = spec({ cipher: null, keySize: null });
    expect(luksFormatOf(bare)).toEqual(luksFormatOf(spec()));
    expect([keyBitsOf(bare), keyAlgorithmOf(bare)]).toEqual([256, 'aes']);
  });
});

test.each<[string, Partial<EncryptionSpec>, string]>([
  ['a provider', { provider: 'plain' }, "'plain'"],
  ['an algorithm', { cipher: 'rot13-xts-plain64' }, "'rot13-xts-plain64'"],
  ['a mode', { cipher: 'aes-ecb-plain64' }, "'aes-ecb-plain64'"],
  ['a vector', { cipher: 'aes-cbc-essiv' }, "'aes-cbc-essiv'"],
  ['a hash', { cipher: 'aes-xts-plain64:md5' }, "'aes-xts-plain64:md5'"],
  ['an option beside', { cipher: 'aes-xts-plain64-x,key-secret=y' }, 'cannot be used'],
  ['a size', { keySize: 100 }, '100 bits'],
  ['a size for another mode', { cipher: 'aes-cbc-plain64', keySize: 512 }, '512 bits'],
])('%s that nobody can make a container of is named', (_, patch, named) => {
  expect(luksFormatOf(spec(patch))).toEqual({ problem: expect.stringContaining(named) });
});
