import { type KeyObject, X509Certificate, constants } from 'node:crypto';
import { type HashMethod, type ImageSignature, type SignatureKeyType, curves, hashMethods } from './image-signature';
import { invalidSignature } from './signature-failure';

/** What `createVerify(hash)` is to be asked when all bytes have passed. Plain data, so that another thread can be told. */
export interface VerifyRequest {
  /** As Node names it: `sha256`. */
  readonly hash: string;
  /** The public key as PEM (SPKI). */
  readonly key: string;
  /** Only with RSA. */
  readonly padding?: number;
  /** Bytes; only with RSA. */
  readonly saltLength?: number;
  /** How DSA and elliptic signatures are written down. */
  readonly dsaEncoding: 'der';
  readonly signature: Uint8Array;
}

/**
 * How to verify an image's signature with its certificate. Throws a `FillError` (`image.signature_invalid`) when the certificate
 * does not parse, is not valid at this time, or its key is not of the kind that the image names.
 *
 * As in Cinder (and unlike Nova's trusted certificates) no chain is validated: that the key manager holds the certificate is what it
 * is trusted for. Cinder looks neither at its dates nor at the curve; here both must fit.
 *
 * @param now milliseconds since 1970
 */
export function verification(signature: ImageSignature, certificatePem: string, now: number): VerifyRequest {
  const certificate = parse(certificatePem);
  checkDates(certificate, now);
  const key = keyOf(certificate);
  checkKind(key, signature.keyType);
  return {
    hash: hashMethods[signature.hashMethod].hash,
    key: key.export({ type: 'spki', format: 'pem' }).toString(),
    ...(signature.keyType === 'RSA-PSS' && pss(key, signature.hashMethod)),
    dsaEncoding: 'der',
    signature: signature.signature,
  };
}

function parse(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw invalidSignature('its certificate cannot be read', { cause });
  }
}

/** Both ends belong to the time (RFC 5280, 4.1.2.5). */
function checkDates({ validFrom, validTo }: X509Certificate, now: number): void {
  const [from, to] = [Date.parse(validFrom), Date.parse(validTo)];
  if (Number.isNaN(from) || Number.isNaN(to)) throw invalidSignature('the dates of its certificate cannot be read');
  if (now < from) throw invalidSignature(`its certificate is valid only from ${validFrom}`);
  if (now > to) throw invalidSignature(`its certificate was valid until ${validTo}`);
}

function keyOf(certificate: X509Certificate): KeyObject {
  try {
    return certificate.publicKey;
  } catch (cause) {
    throw invalidSignature('the key of its certificate is of an unknown kind', { cause });
  }
}

function checkKind(key: KeyObject, wanted: SignatureKeyType): void {
  const { asymmetricKeyType: type = 'unknown', asymmetricKeyDetails: { namedCurve = '' } = {} } = key;
  if (wanted === 'RSA-PSS' ? type === 'rsa' || type === 'rsa-pss' : wanted === 'DSA' && type === 'dsa') return;
  if (wanted !== 'RSA-PSS' && wanted !== 'DSA' && type === 'ec' && namedCurve === curves[wanted]) return;
  const found = [type, namedCurve].filter(Boolean).join(' ');
  throw invalidSignature(`it is of the type ${wanted}, and the key of its certificate is ${found}`);
}

/**
 * PSS with MGF1 of the same hash and the longest salt that fits (RFC 8017, 9.1.1), as images are signed. The length is given as a
 * number: OpenSSL's name for the longest one means any length when it verifies.
 */
function pss(key: KeyObject, hashMethod: HashMethod): { readonly padding: number; readonly saltLength: number } {
  const { modulusLength = 0, hashAlgorithm, mgf1HashAlgorithm } = key.asymmetricKeyDetails ?? {};
  const { hash, bytes } = hashMethods[hashMethod];
  const restricted = [hashAlgorithm, mgf1HashAlgorithm].find((only) => only !== undefined && only !== hash);
  if (restricted) throw invalidSignature(`the key of its certificate may be used with ${restricted} only, not ${hash}`);
  const saltLength = Math.ceil((modulusLength - 1) / 8) - bytes - 2;
  if (saltLength < 0) throw invalidSignature(`the key of its certificate is too short for ${hashMethod}`);
  return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength };
}
