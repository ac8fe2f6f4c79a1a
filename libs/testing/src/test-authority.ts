import type { KeyObject } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { certificateFor, newKeyPair } from './certificate';

/** Paths of files, all PEM. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
  /** The authority's own certificate. */
  readonly authorities: string;
}

/** An authority that gives certificates to hosts of a test. */
export class TestAuthority {
  private readonly keys = newKeyPair();
  private readonly certificate: string;

  constructor(private readonly subject = 'authority') {
    const { publicKey } = this.keys;
    this.certificate = certificateFor({ publicKey, subject, isAuthority: true, issuer: this.issuer });
  }

  /** Writes a certificate of a host, its key, and who gave it, into a folder that is made for it. */
  async issue(
    directory: string,
    host: string,
    validity: { readonly validFrom?: Date; readonly validTo?: Date } = {},
  ): Promise<CertificateFiles> {
    const { publicKey, privateKey } = newKeyPair();
    const certificate = certificateFor({ publicKey, subject: host, names: [host], issuer: this.issuer, ...validity });
    await mkdir(directory, { recursive: true });
    const write = async (name: string, text: string) => {
      const path = join(directory, name);
      await writeFile(path, text, { mode: 0o600 });
      return path;
    };
    return {
      certificate: await write('host.crt', certificate),
      key: await write('host.key', pemOf(privateKey)),
      authorities: await write('authorities.crt', this.certificate),
    };
  }

  private get issuer() {
    return { subject: this.subject, privateKey: this.keys.privateKey };
  }
}

const pemOf = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString();
