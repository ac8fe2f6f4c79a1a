import type { Log } from '@hearth/platform';
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type PeerCertificate, type SecureContext, createSecureContext } from 'node:tls';

/** Files, all PEM. */
export interface CredentialFiles {
  /** This host's certificate, which names the host; those of authorities between it and the root may follow. */
  readonly certificate: string;
  readonly key: string;
  /** Certificates of the authorities that peers' certificates are believed from. */
  readonly authorities: string;
}

export interface Credentials {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca: Buffer;
}

/** The files do not make credentials of this host; the message names the file and what is wrong with it. */
export class CredentialsError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'CredentialsError';
  }
}

const lookEveryMs = 10_000;

/**
 * What this host proves itself with to its peers, and theirs to it. The files are looked at every ten seconds, so that certificates
 * can be renewed while the process runs; files that cannot be used are complained of, and the credentials before them stay.
 */
export class PeerCredentials {
  private readonly listeners: ((credentials: Credentials) => void)[] = [];
  private readonly timer: NodeJS.Timeout;
  private complaint = '';
  private secure: SecureContext;

  /** Throws `CredentialsError`. */
  static async open(options: PeerCredentialsOptions): Promise<PeerCredentials> {
    const credentials = await readCredentials(options);
    warnOfDates(options, credentials);
    return new PeerCredentials(options, credentials);
  }

  private constructor(
    private readonly options: PeerCredentialsOptions,
    private current: Credentials,
  ) {
    this.secure = createSecureContext(secureOptions(current));
    this.timer = setInterval(() => void this.look(), options.lookEveryMs ?? lookEveryMs).unref();
  }

  get credentials(): Credentials {
    return this.current;
  }

  /** For connections to peers. */
  get context(): SecureContext {
    return this.secure;
  }

  onRenewed(listener: (credentials: Credentials) => void): void {
    this.listeners.push(listener);
  }

  close(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    const { log, host } = this.options;
    try {
      const found = await readCredentials(this.options);
      this.complaint = '';
      if (isSame(found, this.current)) return;
      warnOfDates(this.options, found);
      this.secure = createSecureContext(secureOptions(found));
      this.current = found;
      for (const listener of this.listeners) listener(found);
      log.info('the credentials for peers were renewed', { host });
    } catch (error) {
      const { message } = error as Error;
      if (message !== this.complaint) log.error('renewed credentials for peers cannot be used', { host, error });
      this.complaint = message;
    }
  }
}

export interface PeerCredentialsOptions {
  readonly files: CredentialFiles;
  /** Whom the certificate has to name. */
  readonly host: string;
  readonly log: Log;
  readonly lookEveryMs?: number | undefined;
}

/** Of the ciphers of TLS 1.3, the cheapest first, where the processor helps with it. */
const ciphers = 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256';

/** Nothing below TLS 1.3 is spoken between hosts. */
export const secureOptions = (credentials: Credentials) =>
  ({ ...credentials, ciphers, minVersion: 'TLSv1.3' }) as const;

/**
 * Whether a certificate is that of a host: one of its names for DNS is the host's, or its common name where it has none. Names with
 * wildcards name no host.
 */
export function isOfHost(certificate: CertificateNames, host: string): boolean {
  return namesOf(certificate).includes(host.toLowerCase());
}

type CertificateNames = Pick<PeerCertificate, 'subject' | 'subjectaltname'>;

/** The names for which a certificate may stand, in lower case. */
export function namesOf({ subject, subjectaltname }: CertificateNames): string[] {
  const alternatives = (subjectaltname ?? '').split(', ').flatMap((name) => /^DNS:([\w.-]+)$/.exec(name)?.[1] ?? []);
  // A name that appears several times is a list.
  const common = [subject?.CN ?? []].flat();
  return (alternatives.length > 0 ? alternatives : common).map((name) => name.toLowerCase());
}

async function readCredentials({ files, host }: PeerCredentialsOptions): Promise<Credentials> {
  const [cert, key, ca] = await Promise.all([
    readPart('certificate', files.certificate),
    readPart('key', files.key),
    readPart('authorities', files.authorities),
  ]);
  const certificate = parsed('certificate', files.certificate, cert);
  parsed('authorities', files.authorities, ca);
  const { subject, subjectAltName: subjectaltname } = certificate;
  const CN = /^CN=(.+)$/m.exec(subject)?.[1];
  const names = { subject: { CN } as PeerCertificate['subject'], subjectaltname };
  if (!isOfHost(names, host)) {
    const found = namesOf(names).join(', ') || 'no host';
    throw new CredentialsError(`the certificate ${files.certificate} names ${found}, not this host, ${host}`);
  }
  try {
    createSecureContext(secureOptions({ cert, key, ca }));
  } catch (error) {
    const message = `the key ${files.key} cannot be used with the certificate ${files.certificate}`;
    throw new CredentialsError(`${message}: ${(error as Error).message}`, error);
  }
  return { cert, key, ca };
}

async function readPart(what: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new CredentialsError(`the file of the ${what} cannot be read: ${(error as Error).message}`, error);
  }
}

function parsed(what: string, path: string, pem: Buffer): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new CredentialsError(`the file of the ${what}, ${path}, holds no certificate in PEM`, error);
  }
}

/** A certificate out of date costs fills from peers, and no more: the host goes on. */
function warnOfDates({ log, host, files }: PeerCredentialsOptions, { cert }: Credentials): void {
  const { validFrom, validTo } = new X509Certificate(cert);
  const now = Date.now();
  if (Date.parse(validFrom) <= now && now < Date.parse(validTo)) return;
  const { certificate } = files;
  log.error('the certificate for peers is not valid now: they will not serve this host', {
    ...{ host, certificate, validFrom, validTo },
  });
}

function isSame(one: Credentials, other: Credentials): boolean {
  return one.cert.equals(other.cert) && one.key.equals(other.key) && one.ca.equals(other.ca);
}
