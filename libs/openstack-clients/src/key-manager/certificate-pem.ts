import { X509Certificate } from 'node:crypto';
import { KeyManagerError } from './key-manager';

/** A certificate takes a few KiB; Barbican stores at most 20,000 bytes of anything. */
export const certificateBytesMax = 64 * 1024;

/**
 * The certificate in these bytes, as PEM: they may be PEM (of a chain, the first one), DER, or base64 of either.
 * Throws `KeyManagerError` with `nonsense`; nothing of the bytes is repeated, since they may be a private key.
 */
export function certificatePem(bytes: Buffer, what: string): string {
  const certificate = parsed(bytes) ?? parsed(fromBase64(bytes));
  if (certificate) return certificate.toString();
  throw new KeyManagerError('nonsense', `${what} is no X.509 certificate in PEM, DER or base64`);
}

function parsed(bytes: Buffer | undefined): X509Certificate | undefined {
  if (!bytes) return undefined;
  try {
    return new X509Certificate(bytes);
  } catch {
    return undefined;
  }
}

function fromBase64(bytes: Buffer): Buffer | undefined {
  const text = bytes.toString('latin1').replace(/\s+/g, '');
  return /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : undefined;
}
