import { BarbicanKeyManager, type BarbicanOptions, KeyManagerError } from '@hearth/openstack-clients';
import { type TemporaryDirectory, certificateFor, temporaryDirectory } from '@hearth/testing';
import { X509Certificate, constants, createVerify, generateKeyPairSync, sign } from 'node:crypto';
import { readSignature } from '../../apps/volume-manager/src/fill/signature/image-signature';
import { verification } from '../../apps/volume-manager/src/fill/signature/verification';
import { type Barbican, startBarbican } from './barbican';

const projectId = 'owner';
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = certificateFor({ publicKey });
const der = new X509Certificate(pem).raw;

let directory: TemporaryDirectory;
let barbican: Barbican;
const clients: BarbicanKeyManager[] = [];

beforeAll(async () => {
  directory = await temporaryDirectory('hearth-barbican-');
  barbican = await startBarbican({ directory: directory.path });
}, 300_000);
afterAll(async () => {
  await barbican?.stop();
  await directory.remove();
});
afterEach(() => Promise.all(clients.splice(0).map((made) => made.close())));

function client(options: Partial<BarbicanOptions> = {}): BarbicanKeyManager {
  const made = new BarbicanKeyManager({ endpoint: barbican.url, projectId, retriesMax: 0, ...options });
  clients.push(made);
  return made;
}

async function errorOf(work: Promise<unknown>): Promise<KeyManagerError> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  if (!(error instanceof KeyManagerError)) throw new Error('no KeyManagerError was thrown', { cause: error });
  return error;
}

describe('a certificate in Barbican', () => {
  test.each<[string, string | Buffer]>([
    ['PEM, as bytes (what the signing guides of OpenStack do)', Buffer.from(pem)],
    ['DER, as bytes', der],
    ['PEM, as a text', pem],
    ['base64 of DER, as a text', der.toString('base64')],
    ['base64 of PEM, as a text', Buffer.from(pem).toString('base64')],
  ])('%s, is read as PEM', async (_, payload) => {
    const id = await barbican.store({ projectId, type: 'certificate', payload });
    expect(await client().certificate(id)).toBe(pem);
  });

  test('is found by its id in upper case, and below an endpoint that names the version', async () => {
    const id = await barbican.store({ projectId, type: 'certificate', payload: der });
    expect(await client({ endpoint: `${barbican.url}/v1/` }).certificate(id.toUpperCase())).toBe(pem);
  });

  test('of another project may not be read', async () => {
    const id = await barbican.store({ projectId: 'somebody else', type: 'certificate', payload: der });
    expect((await errorOf(client().certificate(id))).problem).toBe('forbidden');
  });

  test('is not found when nobody has stored it', async () => {
    const error = await errorOf(client().certificate('5a1d1f2e-7a44-4b0e-9d60-2f0c3bde7a10'));
    expect(error.problem).toBe('not-found');
  });

  test('is not found while it has no payload', async () => {
    const id = await barbican.store({ projectId, type: 'certificate' });
    expect((await errorOf(client().certificate(id))).problem).toBe('not-found');
  });

  test('is nonsense when its payload is something else', async () => {
    const id = await barbican.store({ projectId, type: 'certificate', payload: 'hello' });
    expect((await errorOf(client().certificate(id))).problem).toBe('nonsense');
  });
});

test.each(['private', 'opaque'] as const)('a secret of the type %s is not taken for a certificate', async (type) => {
  const payload = type === 'private' ? privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() : pem;
  const id = await barbican.store({ projectId, type, payload: Buffer.from(payload) });
  const { problem, message } = await errorOf(client().certificate(id));
  expect([problem, message]).toEqual(['nonsense', expect.stringContaining(`of the type '${type}'`)]);
});

test('who does not say whose secrets are asked for gets an answer that is no certificate', async () => {
  const id = await barbican.store({ projectId, type: 'certificate', payload: der });
  expect((await errorOf(client({ projectId: undefined }).certificate(id))).problem).toBe('nonsense');
});

test('the certificate that an image names vouches for its bytes, and for no others', async () => {
  const image = Buffer.from('the bytes of an image');
  const key = {
    key: privateKey,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_MAX_SIGN,
  };
  const signature = readSignature({
    img_signature: sign('sha512', image, key).toString('base64'),
    img_signature_hash_method: 'SHA-512',
    img_signature_key_type: 'RSA-PSS',
    img_signature_certificate_uuid: await barbican.store({ projectId, type: 'certificate', payload: Buffer.from(pem) }),
  });
  if (!signature) throw new Error('the image has no signature');
  const request = verification(signature, await client().certificate(signature.certificateId), Date.now());
  const holds = (bytes: Buffer) => createVerify(request.hash).update(bytes).verify(request, request.signature);
  expect([holds(image), holds(image.subarray(1))]).toEqual([true, false]);
});
