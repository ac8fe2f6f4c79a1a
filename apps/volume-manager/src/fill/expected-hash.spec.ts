import { exampleImage } from '@hearth/domain/testing';
import { createHash } from 'node:crypto';
import { expectedHash } from './expected-hash';

/** What Python's `hashlib.new(name, b'abc')` gives, by its first 8 bytes. */
const ofPython = {
  md5: '900150983cd24fb0',
  sha1: 'a9993e364706816a',
  sha224: '23097d223405d822',
  sha256: 'ba7816bf8f01cfea',
  sha384: 'cb00753f45a35e8b',
  sha512: 'ddaf35a193617aba',
  sha512_224: '4634270f707b6a54',
  sha512_256: '53048e2681941ef9',
  sha3_224: 'e642824c3f8cf24a',
  sha3_256: '3a985da74fe225b2',
  sha3_384: 'ec01498288516fc9',
  sha3_512: 'b751850b1a57168a',
  blake2b: 'ba80a53f981c4d0d',
  blake2s: '508c5e8c327c14e2',
};

test.each(Object.entries(ofPython))('%s is the hash that Python gives this name', (osHashAlgo, digest) => {
  const { algorithm, value, verifiedBy } = expectedHash({ ...exampleImage, osHashAlgo, osHashValue: 'ABC' });
  expect(createHash(algorithm).update('abc').digest('hex').slice(0, 16)).toBe(digest);
  expect([value, verifiedBy]).toEqual(['abc', 'os_hash']);
});

test('the name may be spelled in capitals', () =>
  expect(expectedHash({ ...exampleImage, osHashAlgo: 'SHA512', osHashValue: 'ab' }).algorithm).toBe('sha512'));

test.each([
  'shake_128',
  'shake256',
  'RSA-SHA512',
  'id-rsassa-pkcs1-v1_5-with-sha3-256',
  'ssl3-md5',
  'md5-sha1',
  'sm3',
  'whirlpool',
  '__proto__',
  'constructor',
])('an image whose hash is one of %s is refused, though it has a checksum', (osHashAlgo) =>
  expect(() => expectedHash({ ...exampleImage, osHashAlgo, osHashValue: 'ab', checksum: 'cd' })).toThrow(
    expect.objectContaining({ failure: expect.objectContaining({ code: 'image.unacceptable' }) }),
  ),
);

test('without a multihash the checksum is compared, and without that nothing', () => {
  const none = { ...exampleImage, osHashAlgo: null, osHashValue: null };
  expect(expectedHash({ ...none, checksum: 'CD' })).toEqual({ algorithm: 'md5', value: 'cd', verifiedBy: 'checksum' });
  expect(expectedHash({ ...none, checksum: null })).toEqual({ algorithm: 'sha512', value: null, verifiedBy: 'none' });
});
