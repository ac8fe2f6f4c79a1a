import { FillError } from '../fill-error';
import { readSignature } from './image-signature';

const id = '5A1D1F2E-7a44-4b0e-9d60-2f0c3bde7a10';
const signed = {
  img_signature: Buffer.from('signature').toString('base64'),
  img_signature_hash_method: 'SHA-256',
  img_signature_key_type: 'RSA-PSS',
  img_signature_certificate_uuid: id,
};
const names = Object.keys(signed);

function failureOf(properties: Record<string, string>): FillError['failure'] {
  try {
    readSignature(properties);
  } catch (error) {
    if (error instanceof FillError) return error.failure;
    throw error;
  }
  throw new Error('nothing was thrown');
}

test('an image without any of the four properties is not signed, whatever else it has', () => {
  expect(readSignature({})).toBeUndefined();
  expect(
    readSignature({ os_distro: 'debian', img_signature_of_mine: 'x', signature_verified: 'True' }),
  ).toBeUndefined();
});

test('an image with all four is signed', () =>
  expect(readSignature({ os_distro: 'debian', ...signed })).toEqual({
    signature: Uint8Array.from(Buffer.from('signature')),
    hashMethod: 'SHA-256',
    keyType: 'RSA-PSS',
    certificateId: id.toLowerCase(),
  }));

test.each(['SHA-224', 'SHA-256', 'SHA-384', 'SHA-512'])('%s is a hash method', (name) =>
  expect(readSignature({ ...signed, img_signature_hash_method: name })?.hashMethod).toBe(name),
);

test.each([
  'RSA-PSS',
  'DSA',
  'ECC_SECT571K1',
  'ECC_SECT409K1',
  'ECC_SECT571R1',
  'ECC_SECT409R1',
  'ECC_SECP521R1',
  'ECC_SECP384R1',
])('%s is a key type', (name) =>
  expect(readSignature({ ...signed, img_signature_key_type: name })?.keyType).toBe(name),
);

test('a signature may be broken into lines, as the base64 program does', () =>
  expect(readSignature({ ...signed, img_signature: 'c2ln\nbmF0\r\ndXJl\n' })?.signature).toEqual(
    Uint8Array.from(Buffer.from('signature')),
  ));

test('the bytes of a signature are all that goes to another thread with them', () =>
  expect(readSignature(signed)?.signature.buffer.byteLength).toBe('signature'.length));

describe('some of the four, but not all, are refused, and the missing ones named', () => {
  const subsets = Array.from({ length: 14 }, (_, index) => names.filter((__, bit) => ((index + 1) >> bit) & 1));
  test.each(subsets.map((present) => [present]))('%j', (present) => {
    const properties = Object.fromEntries(Object.entries(signed).filter(([name]) => present.includes(name)));
    const { code, reason } = failureOf(properties);
    const missing = names.filter((name) => !present.includes(name));
    expect(code).toBe('image.signature_invalid');
    expect(reason).toContain(`not ${missing.join(', ')}.`);
  });
});

describe('what is wrong is named', () => {
  test.each([
    ['img_signature', ''],
    ['img_signature', ' \n'],
    ['img_signature', 'c2ln!bmF0'],
    ['img_signature', 'c2lnbmF'],
    ['img_signature', '===='],
    ['img_signature', 'c2ln_-F0'],
    ['img_signature', 'c2ln'.repeat(2000)],
    ['img_signature_hash_method', 'MD5'],
    ['img_signature_hash_method', 'SHA-1'],
    ['img_signature_hash_method', 'sha-256'],
    ['img_signature_hash_method', ''],
    ['img_signature_hash_method', 'toString'],
    ['img_signature_key_type', 'RSA'],
    ['img_signature_key_type', 'ECC_SECP256R1'],
    ['img_signature_key_type', 'constructor'],
    ['img_signature_key_type', ''],
    ['img_signature_certificate_uuid', ''],
    ['img_signature_certificate_uuid', 'my-certificate'],
    ['img_signature_certificate_uuid', `../${id}`],
    ['img_signature_certificate_uuid', `${id}\n`],
  ])('%s: %p', (name, value) => {
    const { code, reason } = failureOf({ ...signed, [name]: value });
    expect(code).toBe('image.signature_invalid');
    expect(reason).toContain(`${name} is `);
    expect(reason.length).toBeLessThan(300);
  });
});
