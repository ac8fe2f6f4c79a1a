import type { ImageIdentity } from '@hearth/contracts';

/**
 * The identity of an image's content: its hash, else checksum and size, else id and `updated_at`. An edit of the image's record
 * does not change it (Cinder throws the copy away on any edit).
 *
 * A hash is no permission. Unless the image service's hashes are trusted (users cannot register locations of their own), a
 * copy serves only the image id that it was filled from, so that nobody reads another's bytes by naming their hash.
 */
export function contentKey(image: ImageIdentity, { hashesTrusted }: { readonly hashesTrusted: boolean }): string {
  const hash = hashOf(image);
  if (!hash) return `id:${image.id}:${image.updatedAt}`;
  return hashesTrusted ? hash : `${hash}@${image.id}`;
}

function hashOf({ osHashAlgo, osHashValue, checksum, sizeBytes }: ImageIdentity): string | undefined {
  if (osHashAlgo && osHashValue) return `${osHashAlgo}:${osHashValue.toLowerCase()}`;
  return checksum ? `md5:${checksum.toLowerCase()}:${sizeBytes}` : undefined;
}
