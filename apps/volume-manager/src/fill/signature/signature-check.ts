import type { ImageIdentity } from '@hearth/contracts';
import type { KeyManager } from '@hearth/openstack-clients';
import { invalidSignature, asSignatureFailure } from './signature-failure';
import { readSignature } from './image-signature';
import { type VerifyRequest, verification } from './verification';

/** What an image's bytes have to be signed with, once they have passed. */
export interface SignatureCheck {
  readonly request: VerifyRequest;
}

export interface SignatureChecksOptions {
  /** Undefined where none is configured: a signed image can then not be verified, and is refused. */
  readonly keyManager: KeyManager | undefined;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** How long a certificate is used without asking for it again: a crowd of fills of one vendor's images asks once. */
const keptMs = 60_000;
const certificatesMax = 100;

/** Looks up what it takes to verify images' signatures. */
export class SignatureChecks {
  private readonly kept = new Map<string, { readonly pem: string; readonly untilMs: number }>();

  constructor(private readonly options: SignatureChecksOptions) {}

  /**
   * What the image has to be verified with; undefined for one that is not signed. Throws `image.signature_invalid`, before a byte
   * was fetched, or `image.connection_failed` when the key manager does not answer.
   */
  async prepare(image: ImageIdentity, signal: AbortSignal): Promise<SignatureCheck | undefined> {
    const signature = readSignature(image.properties);
    if (!signature) return undefined;
    const nowMs = (this.options.now ?? Date.now)();
    const pem = await this.certificate(signature.certificateId, nowMs, signal);
    return { request: verification(signature, pem, nowMs) };
  }

  private async certificate(id: string, nowMs: number, signal: AbortSignal): Promise<string> {
    const { keyManager } = this.options;
    const known = this.kept.get(id);
    if (known && nowMs < known.untilMs) return known.pem;
    if (!keyManager) {
      const detail =
        'set HEARTH_SIGNATURE_CERTIFICATES_DIRECTORY or HEARTH_BARBICAN_URL, or disable verify_glance_signatures';
      throw invalidSignature('no key manager is configured to find its certificate', { detail });
    }
    try {
      const pem = await keyManager.certificate(id, { signal });
      this.keep(id, { pem, untilMs: nowMs + keptMs });
      return pem;
    } catch (error) {
      signal.throwIfAborted();
      throw asSignatureFailure(error);
    }
  }

  private keep(id: string, entry: { readonly pem: string; readonly untilMs: number }): void {
    const [oldest] = this.kept.keys();
    if (oldest !== undefined && this.kept.size >= certificatesMax) this.kept.delete(oldest);
    this.kept.delete(id);
    this.kept.set(id, entry);
  }
}
