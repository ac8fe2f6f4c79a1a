import { presentSignatureProperties, signatureProperties as names } from '@hearth/domain';
import { invalidSignature } from './signature-failure';

/** Digests that images may be signed with, as the image's properties spell them, and their length. */
export const hashMethods = {
  'SHA-224': { hash: 'sha224', bytes: 28 },
  'SHA-256': { hash: 'sha256', bytes: 32 },
  'SHA-384': { hash: 'sha384', bytes: 48 },
  'SHA-512': { hash: 'sha512', bytes: 64 },
} as const;
export type HashMethod = keyof typeof hashMethods;

/** The curve of each kind of elliptic key, as OpenSSL names it. Those below 384 bits are left out, as Cinder does. */
export const curves = {
  ECC_SECT571K1: 'sect571k1',
  ECC_SECT409K1: 'sect409k1',
  ECC_SECT571R1: 'sect571r1',
  ECC_SECT409R1: 'sect409r1',
  ECC_SECP521R1: 'secp521r1',
  ECC_SECP384R1: 'secp384r1',
} as const;
export type CurveKeyType = keyof typeof curves;
export type SignatureKeyType = 'RSA-PSS' | 'DSA' | CurveKeyType;

/** What an image's properties say of who vouches for its bytes. */
export interface ImageSignature {
  readonly signature: Uint8Array;
  readonly hashMethod: HashMethod;
  readonly keyType: SignatureKeyType;
  /** Of the certificate in the key manager; a uuid in lower case. */
  readonly certificateId: string;
}

/** The largest key that OpenSSL verifies with, RSA of 16,384 bits, signs in 2,048 bytes. */
const signatureCharactersMax = 4096;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * The signature in the properties of an image, as Glance and Cinder read it (cursive's `signature_utils`); undefined when it has none
 * of the four. Throws a `FillError` (`image.signature_invalid`) that names the property when some are missing, or one is wrong:
 * who began to sign an image does not want it used unsigned. Line breaks in the base64 are passed over.
 */
export function readSignature(properties: Readonly<Record<string, string>>): ImageSignature | undefined {
  const present = presentSignatureProperties(properties);
  if (present.length === 0) return undefined;
  const missing = Object.values(names).filter((name) => !present.includes(name));
  if (missing.length > 0) throw invalidSignature(`the image has some of its properties, and not ${missing.join(', ')}`);
  const value = (name: keyof typeof names) => properties[names[name]] ?? '';
  return {
    signature: bytesOf(value('signature')),
    hashMethod: oneOf(value('hashMethod'), isHashMethod, names.hashMethod),
    keyType: oneOf(value('keyType'), isKeyType, names.keyType),
    certificateId: idOf(value('certificateId')),
  };
}

function bytesOf(text: string): Uint8Array {
  const compact = text.length > signatureCharactersMax ? '' : text.replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(compact) || compact.length % 4 !== 0) {
    throw invalidSignature(`${names.signature} is not base64 of at most ${signatureCharactersMax} characters`);
  }
  // Copied out of Node's pool of small buffers, which would otherwise travel with it to another thread.
  return Uint8Array.from(Buffer.from(compact, 'base64'));
}

const isHashMethod = (text: string): text is HashMethod => Object.hasOwn(hashMethods, text);
const isKeyType = (text: string): text is SignatureKeyType =>
  text === 'RSA-PSS' || text === 'DSA' || Object.hasOwn(curves, text);

function oneOf<Known extends string>(text: string, isKnown: (text: string) => text is Known, name: string): Known {
  if (isKnown(text)) return text;
  throw invalidSignature(`${name} is ${quoted(text)}, which is not known`);
}

function idOf(text: string): string {
  if (uuid.test(text)) return text.toLowerCase();
  throw invalidSignature(`${names.certificateId} is ${quoted(text)}, which is no uuid`);
}

const quoted = (text: string) => JSON.stringify(text.slice(0, 64));
