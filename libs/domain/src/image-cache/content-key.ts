import type { ImageIdentity } from '@hearth/contracts';
import { presentSignatureProperties, signatureProperties } from './signature-properties';

/** How a backend is configured to tell one content from another. */
export interface ContentKeyRules {
  /** The image service's hashes vouch for content: users cannot register locations of their own. */
  readonly hashesTrusted: boolean;
  /** Signatures of images are verified when a copy is made (`verify_glance_signatures`). */
  readonly signaturesVerified: boolean;
}

/**
 * The identity of an image's content: its hash, else checksum and size, else id and `updated_at`. An edit of the image's record
 * does not change it (Cinder throws the copy away on any edit).
 *
 * A hash is no permission. Unless the image service's hashes are trusted, a copy serves only the image id that it was filled
 * from, so that nobody reads another's bytes by naming their hash. Where they are trusted, the formats belong to the key: the same
 * bytes are another disk when they are read as another format.
 *
 * A hit looks at no signature. So a copy serves a signed image only if it was this very signature that was verified when the copy
 * was made.
 */
export function contentKey(image: ImageIdentity, { hashesTrusted, signaturesVerified }: ContentKeyRules): string {
  const signed = signaturesVerified ? signatureOf(image) : '';
  const hash = hashOf(image);
  if (!hash) return `id:${image.id}:${image.updatedAt}${signed}`;
  const { containerFormat, diskFormat } = image;
  return hashesTrusted ? `${hash}/${containerFormat}/${diskFormat}${signed}` : `${hash}@${image.id}${signed}`;
}

/**
 * The name of what is uploaded as an image, before it is known what that is: no image's content is called so, and a create can neither
 * join the entry nor be served by it.
 */
export function uploadKey(imageId: string): string {
  return `upload:${imageId}`;
}

/** The keys under which a copy that was filled from another image serves this one: where hashes are trusted, and there is a hash. */
export function sharedContentKeys(image: ImageIdentity): readonly string[] {
  if (!hashOf(image)) return [];
  const keys = [false, true].map((signaturesVerified) =>
    contentKey(image, { hashesTrusted: true, signaturesVerified }),
  );
  return [...new Set(keys)];
}

/** The keys that an image has under any rules, for those who do not know a backend's; no two rules share one for two contents. */
export function possibleContentKeys(image: ImageIdentity): readonly string[] {
  const keys = [false, true].flatMap((hashesTrusted) =>
    [false, true].map((signaturesVerified) => contentKey(image, { hashesTrusted, signaturesVerified })),
  );
  return [...new Set(keys)];
}

function hashOf({ osHashAlgo, osHashValue, checksum, sizeBytes }: ImageIdentity): string | undefined {
  if (osHashAlgo && osHashValue) return `${osHashAlgo}:${osHashValue.toLowerCase()}`;
  return checksum ? `md5:${checksum.toLowerCase()}:${sizeBytes}` : undefined;
}

/** Distinct for every set of properties, those of a part of a signature included; the signature comes last, as it may hold a slash. */
function signatureOf({ properties }: ImageIdentity): string {
  if (presentSignatureProperties(properties).length === 0) return '';
  const { certificateId, hashMethod, keyType, signature } = signatureProperties;
  const parts = [certificateId, hashMethod, keyType].map((name) => escapeSlash(properties[name]));
  return `#${[...parts, properties[signature] ?? absent].join('/')}`;
}

/** Stands for a property that is not there: no escaped text is this one, and no base64. */
const absent = '%';

function escapeSlash(text: string | undefined): string {
  return text?.replaceAll('%', '%25').replaceAll('/', '%2F') ?? absent;
}
