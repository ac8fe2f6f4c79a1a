import { type TemporaryDirectory, certificateFor, temporaryDirectory } from '@hearth/testing';
import { installDebianPackage, runProgram } from '@hearth/testing/servers';
import { constants, createVerify, generateKeyPairSync, sign } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type HashMethod, type SignatureKeyType, curves, hashMethods, readSignature } from './image-signature';
import { verification } from './verification';

// What Cinder, Glance and Nova verify signatures with, as Debian packages it, asked the same questions as we are.

const certificateId = '5a1d1f2e-7a44-4b0e-9d60-2f0c3bde7a10';
const image = Buffer.from('the bytes of an image');
const tampered = Buffer.from('the bytes of an imagE');
const methods = Object.keys(hashMethods) as HashMethod[];

/** One question: the certificate and private key it is about, and the image's properties. */
interface Case {
  readonly keyType: SignatureKeyType;
  readonly hashMethod: HashMethod;
  readonly certificate: string;
  readonly privateKey: string;
  readonly properties: Record<string, string>;
}

/** What cursive said of a case, and a signature of the same bytes made as its documentation makes them. */
interface Answer {
  readonly image: string;
  readonly tampered: string;
  readonly signature: string;
}

/** Only the way to the certificate is replaced: the key manager would be one more service. */
const program = `
import base64, json, sys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cursive import signature_utils

def verdict(case, data):
    certificate = x509.load_pem_x509_certificate(case['certificate'].encode())
    signature_utils.get_certificate = lambda context, uuid: certificate
    properties = case['properties']
    try:
        verifier = signature_utils.get_verifier(
            None,
            properties['img_signature_certificate_uuid'],
            properties['img_signature_hash_method'],
            properties['img_signature'],
            properties['img_signature_key_type'])
        verifier.update(data)
        verifier.verify()
        return 'accepted'
    except Exception as error:
        return type(error).__name__

def sign(case, data):
    key = serialization.load_pem_private_key(case['privateKey'].encode(), password=None)
    method = signature_utils.HASH_METHODS[case['hashMethod']]
    if case['keyType'] == 'RSA-PSS':
        pss = padding.PSS(mgf=padding.MGF1(method), salt_length=padding.PSS.MAX_LENGTH)
        signature = key.sign(data, pss, method)
    elif case['keyType'] == 'DSA':
        signature = key.sign(data, method)
    else:
        signature = key.sign(data, ec.ECDSA(method))
    return base64.b64encode(signature).decode()

image, tampered = (text.encode() for text in sys.argv[1:3])
cases = json.load(sys.stdin)
print(json.dumps([{
    'image': verdict(case, image),
    'tampered': verdict(case, tampered),
    'signature': sign(case, image),
} for case in cases]))
`;

function pairOf(keyType: SignatureKeyType) {
  if (keyType === 'RSA-PSS') return generateKeyPairSync('rsa', { modulusLength: 2048 });
  if (keyType === 'DSA') return generateKeyPairSync('dsa', { modulusLength: 2048, divisorLength: 256 });
  return generateKeyPairSync('ec', { namedCurve: curves[keyType] });
}

function casesOf(keyType: SignatureKeyType, salt = constants.RSA_PSS_SALTLEN_MAX_SIGN): Case[] {
  const { publicKey, privateKey } = pairOf(keyType);
  const pss = keyType === 'RSA-PSS' && { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: salt };
  return methods.map((hashMethod) => ({
    keyType,
    hashMethod,
    certificate: certificateFor({ publicKey }),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    properties: {
      img_signature: sign(hashMethods[hashMethod].hash, image, { key: privateKey, ...pss }).toString('base64'),
      img_signature_hash_method: hashMethod,
      img_signature_key_type: keyType,
      img_signature_certificate_uuid: certificateId,
    },
  }));
}

/** Our verdict on the same. */
function weAccept({ certificate, properties }: Case, bytes: Buffer): boolean {
  const signature = readSignature(properties);
  if (!signature) throw new Error('the image has no signature');
  const request = verification(signature, certificate, Date.now());
  return createVerify(request.hash).update(bytes).verify(request, request.signature);
}

let directory: TemporaryDirectory;
beforeAll(async () => {
  directory = await temporaryDirectory();
  await writeFile(join(directory.path, 'ask.py'), program);
  const import_ = ['/usr/bin/python3', '-c', 'import cursive'];
  await runProgram(import_).catch(() => installDebianPackage('python3-cursive'));
}, 300_000);
afterAll(() => directory.remove());

async function ask(cases: readonly Case[]): Promise<Answer[]> {
  const argv = ['/usr/bin/python3', join(directory.path, 'ask.py'), image.toString(), tampered.toString()];
  return JSON.parse(await runProgram(argv, { input: JSON.stringify(cases) })) as Answer[];
}

const keyTypes = ['RSA-PSS', 'DSA', ...Object.keys(curves)] as SignatureKeyType[];
test.each(keyTypes)('%s: cursive and we accept the same signatures, and refuse tampered bytes', async (keyType) => {
  const cases = casesOf(keyType);
  const answers = await ask(cases);
  expect(answers.map((answer) => [answer.image, answer.tampered])).toEqual(
    methods.map(() => ['accepted', 'InvalidSignature']),
  );
  for (const [index, ours] of cases.entries()) {
    const theirs = {
      ...ours,
      properties: { ...ours.properties, img_signature: answers[index]!.signature },
    };
    for (const made of [ours, theirs]) {
      expect([weAccept(made, image), weAccept(made, tampered)]).toEqual([true, false]);
    }
  }
});

test('a salt that is not the longest is refused by cursive and by us', async () => {
  const cases = casesOf('RSA-PSS', constants.RSA_PSS_SALTLEN_DIGEST);
  expect((await ask(cases)).map((answer) => answer.image)).toEqual(methods.map(() => 'InvalidSignature'));
  expect(cases.map((made) => weAccept(made, image))).toEqual(methods.map(() => false));
});
