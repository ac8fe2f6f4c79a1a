import type { FailureCode } from '@hearth/contracts';

/**
 * Which failures another pool may mend. As in Cinder, an image that cannot be copied, is unacceptable or does not fit fails
 * everywhere, so the create ends in error at once; a lost connection, a failed download or a backend's own trouble is tried
 * elsewhere. A full backend is tried elsewhere too: Cinder gives up there.
 */
const mayWorkElsewhere: Readonly<Record<FailureCode, boolean>> = {
  'image.connection_failed': true,
  'image.download_failed': true,
  'image.hash_mismatch': true,
  'image.signature_invalid': false,
  'image.not_found': false,
  'image.unacceptable': false,
  'image.too_big': false,
  'image.copy_failed': false,
  'image.upload_failed': false,
  'backend.full': true,
  'backend.failed': true,
  'backend.object_missing': false,
  'backend.unsupported': true,
  'source.not_found': false,
  'encryption.key_unavailable': false,
  'cache.not_admitted': false,
  'placement.no_valid_backend': false,
};

export function reschedules(code: FailureCode): boolean {
  return mayWorkElsewhere[code];
}

/**
 * Whether the same fill may succeed if it is simply begun again on the same pool: an image that is refused, or whose bytes
 * do not match its hash, will not change; a server that answered 500 may.
 */
const mayWorkAgain: Readonly<Record<FailureCode, boolean>> = {
  'image.connection_failed': true,
  'image.download_failed': true,
  'image.hash_mismatch': false,
  'image.signature_invalid': false,
  'image.not_found': false,
  'image.unacceptable': false,
  'image.too_big': false,
  'image.copy_failed': true,
  'image.upload_failed': true,
  'backend.full': false,
  'backend.failed': true,
  'backend.object_missing': true,
  'backend.unsupported': false,
  'source.not_found': false,
  'encryption.key_unavailable': false,
  'cache.not_admitted': false,
  'placement.no_valid_backend': false,
};

export function isTransient(code: FailureCode): boolean {
  return mayWorkAgain[code];
}
