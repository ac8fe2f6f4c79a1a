import { exampleImage } from '../volume/volume.examples';
import { contentKey, possibleContentKeys } from './content-key';

const plain = { hashesTrusted: false, signaturesVerified: true };
const trusting = { hashesTrusted: true, signaturesVerified: true };
const signature = {
  img_signature: 'c2lnbmVk',
  img_signature_hash_method: 'SHA-256',
  img_signature_key_type: 'RSA-PSS',
  img_signature_certificate_uuid: '5b1c6f0e-8a4d-4c1b-9f6e-2d7a3b4c5d6e',
};
const otherId = { ...exampleImage, id: '30000000-0000-4000-8000-000000000009' };

test('I.34 · J.b: an edit of the record is the same content', () =>
  expect(contentKey({ ...exampleImage, name: 'other', updatedAt: '2027-01-01T00:00:00Z' }, plain)).toBe(
    contentKey(exampleImage, plain),
  ));

test('P2: the hash of another image opens no copy, unless hashes are trusted', () => {
  expect(contentKey(otherId, plain)).not.toBe(contentKey(exampleImage, plain));
  expect(contentKey(otherId, trusting)).toBe(contentKey(exampleImage, trusting));
});

test('P3: the same bytes read as another format are another disk', () => {
  expect(contentKey({ ...otherId, diskFormat: 'raw' }, trusting)).not.toBe(contentKey(exampleImage, trusting));
  expect(contentKey({ ...otherId, containerFormat: 'compressed' }, trusting)).not.toBe(
    contentKey(exampleImage, trusting),
  );
});

test('a copy made under one signature, or none, serves no image with another', () => {
  const signed = { ...exampleImage, properties: signature };
  const forged = { ...exampleImage, properties: { ...signature, img_signature: 'Zm9yZ2Vk' } };
  expect(new Set([exampleImage, signed, forged].map((image) => contentKey(image, plain))).size).toBe(3);
  const unchecked = { hashesTrusted: false, signaturesVerified: false };
  expect(contentKey(signed, unchecked)).toBe(contentKey(exampleImage, unchecked));
});

test('an image with a part of a signature is not the unsigned image, whatever the part says', () => {
  const parts = Object.keys(signature).flatMap((name) => [{ [name]: '' }, { [name]: 'x' }]);
  const keys = [{}, ...parts].map((properties) => contentKey({ ...exampleImage, properties }, plain));
  expect(new Set(keys).size).toBe(1 + parts.length);
});

test('where one property of a signature ends and the next begins cannot be moved', () => {
  const moved = { ...signature, img_signature_key_type: 'RSA-PSS/c2ln', img_signature: 'bmVk' };
  const joined = { ...signature, img_signature_key_type: 'RSA-PSS', img_signature: 'c2ln/bmVk' };
  const [first, second] = [moved, joined].map((properties) => contentKey({ ...exampleImage, properties }, plain));
  expect(first).not.toBe(second);
});

test('the possible keys are those under any rules', () => {
  const signed = { ...exampleImage, properties: signature };
  expect(possibleContentKeys(signed)).toContain(contentKey(signed, plain));
  expect(possibleContentKeys(signed)).toContain(contentKey(signed, trusting));
  expect(possibleContentKeys(exampleImage)).toHaveLength(2);
});
