import { KeyManagerError, type KeyManagerProblem } from '@hearth/openstack-clients';
import { FillError } from '../fill-error';

/** A signature that cannot be checked, or does not hold, in the words of a tenant; `detail` is for the operator. */
export function invalidSignature(
  reason: string,
  { detail, cause }: { detail?: string; cause?: unknown } = {},
): FillError {
  return new FillError(
    { code: 'image.signature_invalid', reason: `The image's signature is not valid: ${reason}.`, detail },
    { cause },
  );
}

/** The bytes are whole and are not what was signed, or somebody else signed them. */
export function signatureMismatch(): FillError {
  return invalidSignature('the image was not signed as it is now with the key of its certificate');
}

const reasons: Readonly<Record<Exclude<KeyManagerProblem, 'away'>, string>> = {
  'not-found': 'its certificate does not exist',
  forbidden: 'its certificate may not be read',
  nonsense: 'what its certificate id names is no certificate',
};

/**
 * What went wrong while the certificate was fetched, as a failure. A key manager that does not answer is a lost connection, which is
 * tried again; the rest is the image's. What is no `KeyManagerError` stays as it is.
 */
export function asSignatureFailure(error: unknown): unknown {
  if (!(error instanceof KeyManagerError)) return error;
  const { problem, message: detail } = error;
  if (problem !== 'away') return invalidSignature(reasons[problem], { detail, cause: error });
  const reason = "The image's signature cannot be checked: the key manager does not answer.";
  return new FillError({ code: 'image.connection_failed', reason, detail }, { cause: error });
}
