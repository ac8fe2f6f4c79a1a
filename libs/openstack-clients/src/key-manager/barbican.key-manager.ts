import { BarbicanHttp, type BarbicanOptions } from './barbican.http';
import { payloadType, secretSchema } from './barbican.secret';
import { certificatePem } from './certificate-pem';
import { type CertificateOptions, type KeyManager, certificateId } from './key-manager';

/**
 * Certificates as secrets of Barbican, by its API v1. Two questions: what kind of secret it is, then its payload. Only secrets of
 * the type `certificate` are read, as Castellan does for Cinder: the id comes from whoever owns the image, and must not make a
 * private key travel. Containers are not looked at; Barbican itself no longer has a resource for certificates.
 */
export class BarbicanKeyManager implements KeyManager {
  private readonly http: BarbicanHttp;

  /** Throws when the endpoint is no URL. */
  constructor(options: BarbicanOptions) {
    this.http = new BarbicanHttp(options);
  }

  async certificate(uuid: string, { signal }: CertificateOptions = {}): Promise<string> {
    const id = certificateId(uuid);
    const what = `secret ${id}`;
    const path = `/secrets/${id}`;
    const secret = await this.http.askJson({ method: 'GET', path, what, signal }, secretSchema);
    const payload = await this.http.ask({
      ...{ method: 'GET', path: `${path}/payload`, what: `the payload of ${what}`, signal },
      accept: payloadType(secret, { type: 'certificate', what }),
    });
    return certificatePem(payload, what);
  }

  /** Closes the connections that are kept open. */
  close(): Promise<void> {
    return this.http.close();
  }
}
