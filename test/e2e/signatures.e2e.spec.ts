import { constants, generateKeyPairSync, randomBytes, randomUUID, sign } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { certificateFor, eventually, temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { cacheEvents } from '../../tools/dev-stack/src/demo/seen';
import { objectsOfLog, objectsOnDisk } from './disk-and-log';
import { type ImageToServe, ImageServer } from './image-server';
import { startTestStack, type TestStack } from './stack';

jest.setTimeout(180_000);

const bytes = randomBytes(4 * 1024 * 1024);
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'secp384r1' });
const certificates = { rsa: randomUUID(), ec: randomUUID() };

let directory: TemporaryDirectory;
let images: ImageServer;
let stack: TestStack;

beforeAll(async () => {
  directory = await temporaryDirectory('hearth-certificates-');
  const keep = (id: string, publicKey: typeof rsa.publicKey) =>
    writeFile(join(directory.path, `${id}.pem`), certificateFor({ publicKey }));
  await Promise.all([keep(certificates.rsa, rsa.publicKey), keep(certificates.ec, ec.publicKey)]);
  images = await ImageServer.start();
  stack = await startTestStack({
    imageServiceUrl: images.url,
    envOf: { 'volume-manager': { HEARTH_SIGNATURE_CERTIFICATES_DIRECTORY: directory.path } },
  });
});

afterAll(async () => {
  await stack?.stop();
  await images?.stop();
  await directory?.remove();
});

const properties = (signature: Buffer, keyType: string, certificateId: string) => ({
  img_signature: signature.toString('base64'),
  img_signature_hash_method: 'SHA-256',
  img_signature_key_type: keyType,
  img_signature_certificate_uuid: certificateId,
});

function signedByRsa(signed: Buffer, certificateId = certificates.rsa) {
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  const saltLength = constants.RSA_PSS_SALTLEN_MAX_SIGN;
  const signature = sign('sha256', signed, { key: rsa.privateKey, padding, saltLength });
  return properties(signature, 'RSA-PSS', certificateId);
}
const signedByEc = (signed: Buffer) =>
  properties(sign('sha256', signed, ec.privateKey), 'ECC_SECP384R1', certificates.ec);

/** What became of a volume, with its image's metadata. */
async function volumeOf(imageRef: string) {
  const { id } = await stack.api.create({ size: 1, imageRef });
  await stack.watch.untilEnd(id, 60_000);
  const shown = (await stack.api.settled(id)) as unknown as Readonly<Record<string, unknown>>;
  const { decision, failure } = await stack.api.explain(id);
  const metadata = shown['volume_image_metadata'] as Readonly<Record<string, string>> | undefined;
  return { status: shown['status'], verified: metadata?.['signature_verified'], outcome: decision?.outcome, failure };
}

const nothingIsLeft = () =>
  eventually(
    async () => {
      const [disk, log] = await Promise.all([objectsOnDisk(stack.backendDirectory), objectsOfLog(stack)]);
      return disk.join() === log.join();
    },
    { timeoutMs: 60_000, intervalMs: 200, what: 'the disk holding what the log says' },
  );

test.each([
  ['RSA-PSS', signedByRsa],
  ['ECC_SECP384R1', signedByEc],
])('an image signed by %s is verified once, and its volumes say so, downloaded and cloned', async (_, signedBy) => {
  const imageRef = images.add({ bytes, properties: signedBy(bytes) });
  expect(await volumeOf(imageRef)).toMatchObject({ status: 'available', outcome: 'miss', verified: 'True' });
  expect(await volumeOf(imageRef)).toMatchObject({ status: 'available', outcome: 'hit', verified: 'True' });
  expect(images.downloadsOf(imageRef)).toBe(1);
  expect(cacheEvents(stack.watch.seen, 'create').at(-1)).toMatchObject({ data: { signature: 'verified' } });
});

test('J.g: volumes of an image that nobody signed say so, downloaded and cloned', async () => {
  const imageRef = images.add({ bytes: randomBytes(1024 * 1024) });
  expect(await volumeOf(imageRef)).toMatchObject({ status: 'available', outcome: 'miss', verified: 'False' });
  expect(await volumeOf(imageRef)).toMatchObject({ status: 'available', outcome: 'hit', verified: 'False' });
});

const refusals: [what: string, image: () => ImageToServe, reason: RegExp][] = [
  [
    'whose bytes are not those that were signed',
    () => ({ bytes: changed(bytes), properties: signedByRsa(bytes) }),
    /not signed as it is now with the key of its certificate/,
  ],
  [
    'whose signature was tampered with',
    () => {
      const { img_signature: signature, ...rest } = signedByRsa(bytes);
      const tampered = changed(Buffer.from(signature, 'base64')).toString('base64');
      return { bytes, properties: { ...rest, img_signature: tampered } };
    },
    /not signed as it is now with the key of its certificate/,
  ],
  [
    'whose certificate is nowhere',
    () => ({ bytes, properties: signedByRsa(bytes, randomUUID()) }),
    /its certificate does not exist/,
  ],
  [
    'that names only some of the properties',
    () => {
      const { img_signature_key_type: _, ...rest } = signedByRsa(bytes);
      return { bytes, properties: rest };
    },
    /not img_signature_key_type/,
  ],
];

test.each(refusals)('an image %s makes no volume, says why, and leaves nothing', async (_, image, reason) => {
  const imageRef = images.add(image());
  const made = await volumeOf(imageRef);
  expect(made).toMatchObject({ status: 'error', failure: { code: 'image.signature_invalid' } });
  expect(made.failure?.reason).toMatch(reason);
  expect(made.verified).toBeUndefined();
  await nothingIsLeft();
});

test('the bytes of an image that nobody signed do not serve one that claims a signature over them', async () => {
  const shared = randomBytes(1024 * 1024);
  expect(await volumeOf(images.add({ bytes: shared }))).toMatchObject({ status: 'available', verified: 'False' });
  const claims = images.add({ bytes: shared, properties: signedByRsa(bytes) });
  expect(await volumeOf(claims)).toMatchObject({ status: 'error', failure: { code: 'image.signature_invalid' } });
});

/** The same with one bit turned, in the middle. */
function changed(whole: Buffer): Buffer {
  const copy = Buffer.from(whole);
  copy[copy.length >> 1]! ^= 1;
  return copy;
}
