import { type KeyObject, generateKeyPairSync, sign } from 'node:crypto';

/** What a certificate made for a test says. */
export interface CertificateToMake {
  readonly publicKey: KeyObject;
  /** A day ago unless told; whole seconds. */
  readonly validFrom?: Date;
  /** In a day unless told; whole seconds. */
  readonly validTo?: Date;
  /** Whose certificate it is (the common name); `subject` unless told. */
  readonly subject?: string;
  /** Names for DNS; none unless told. */
  readonly names?: readonly string[];
  /** May sign other certificates. */
  readonly isAuthority?: boolean;
  /** Who signs it; somebody of the moment unless told. */
  readonly issuer?: { readonly subject: string; readonly privateKey: KeyObject };
}

const dayMs = 24 * 60 * 60 * 1000;

/** An X.509 certificate (version 3, as PEM) for any kind of key, signed with an EC key of P-256. */
export function certificateFor({
  publicKey,
  validFrom = new Date(Date.now() - dayMs),
  validTo = new Date(Date.now() + dayMs),
  subject = 'subject',
  names = [],
  isAuthority = false,
  issuer = { subject: 'issuer', privateKey: newKeyPair().privateKey },
}: CertificateToMake): string {
  const toSign = sequence(
    tagged(0xa0, integer(2)),
    integer(1),
    ecdsaWithSha256,
    named(issuer.subject),
    sequence(time(validFrom), time(validTo)),
    named(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    ...extensions(names, isAuthority),
  );
  const signature = tagged(0x03, Buffer.of(0), sign('sha256', toSign, issuer.privateKey));
  const base64 = sequence(toSign, ecdsaWithSha256, signature).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`;
}

/** A key as `certificateFor` signs with. */
export function newKeyPair(): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
}

/** RFC 5280: subjectAltName (4.2.1.6) and basicConstraints (4.2.1.9). */
function extensions(names: readonly string[], isAuthority: boolean): Buffer[] {
  const alternatives = sequence(...names.map((name) => tagged(0x82, Buffer.from(name))));
  const both = [
    ...(names.length > 0 ? [sequence(tagged(0x06, Buffer.from('551d11', 'hex')), tagged(0x04, alternatives))] : []),
    ...(isAuthority ? [sequence(tagged(0x06, Buffer.from('551d13', 'hex')), yes, tagged(0x04, sequence(yes)))] : []),
  ];
  return both.length > 0 ? [tagged(0xa3, sequence(...both))] : [];
}

/** DER (X.690): a tag, the length, the content. */
function tagged(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  if (content.length < 0x80) return Buffer.concat([Buffer.of(tag, content.length), content]);
  const digits = content.length.toString(16);
  const length = Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex');
  return Buffer.concat([Buffer.of(tag, 0x80 | length.length), length, content]);
}

const sequence = (...contents: readonly Buffer[]) => tagged(0x30, ...contents);
const yes = tagged(0x01, Buffer.of(0xff));
const integer = (small: number) => tagged(0x02, Buffer.of(small));
const ecdsaWithSha256 = sequence(tagged(0x06, Buffer.from('2a8648ce3d040302', 'hex')));
const commonName = tagged(0x06, Buffer.from('550403', 'hex'));
const named = (name: string) => sequence(tagged(0x31, sequence(commonName, tagged(0x0c, Buffer.from(name)))));

/** UTCTime before 2050, GeneralizedTime from then on (RFC 5280, 4.1.2.5). */
function time(date: Date): Buffer {
  const digits = `${date.toISOString().replace(/\D/g, '').slice(0, 14)}Z`;
  return date.getUTCFullYear() < 2050 ? tagged(0x17, Buffer.from(digits.slice(2))) : tagged(0x18, Buffer.from(digits));
}
