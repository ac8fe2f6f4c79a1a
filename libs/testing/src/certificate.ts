import { type KeyObject, generateKeyPairSync, sign } from 'node:crypto';

/** What a certificate made for a test says. */
export interface CertificateToMake {
  readonly publicKey: KeyObject;
  /** A day ago unless told; whole seconds. */
  readonly validFrom?: Date;
  /** In a day unless told; whole seconds. */
  readonly validTo?: Date;
}

const dayMs = 24 * 60 * 60 * 1000;

/** An X.509 certificate (version 3, as PEM) for any kind of key, signed by an issuer of the moment. */
export function certificateFor({
  publicKey,
  validFrom = new Date(Date.now() - dayMs),
  validTo = new Date(Date.now() + dayMs),
}: CertificateToMake): string {
  const issuer = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const toSign = sequence(
    tagged(0xa0, integer(2)),
    integer(1),
    ecdsaWithSha256,
    named('issuer'),
    sequence(time(validFrom), time(validTo)),
    named('subject'),
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = tagged(0x03, Buffer.of(0), sign('sha256', toSign, issuer.privateKey));
  const base64 = sequence(toSign, ecdsaWithSha256, signature).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`;
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
const integer = (small: number) => tagged(0x02, Buffer.of(small));
const ecdsaWithSha256 = sequence(tagged(0x06, Buffer.from('2a8648ce3d040302', 'hex')));
const commonName = tagged(0x06, Buffer.from('550403', 'hex'));
const named = (name: string) => sequence(tagged(0x31, sequence(commonName, tagged(0x0c, Buffer.from(name)))));

/** UTCTime before 2050, GeneralizedTime from then on (RFC 5280, 4.1.2.5). */
function time(date: Date): Buffer {
  const digits = `${date.toISOString().replace(/\D/g, '').slice(0, 14)}Z`;
  return date.getUTCFullYear() < 2050 ? tagged(0x17, Buffer.from(digits.slice(2))) : tagged(0x18, Buffer.from(digits));
}
