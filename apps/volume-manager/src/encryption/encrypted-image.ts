import type { Failure } from '@hearth/contracts';
import type { ObjectWriter } from '@hearth/driver-api';
import { gibToBytes } from '@hearth/kernel';
import type { ImageWork } from '../strategies/strategy';
import {
  type EncryptedVolume,
  UnencryptableError,
  type VolumeEncryption,
  encryptedVolumeOf,
  requireEncryption,
} from './volume-encryption';

/** How an image gets into an encrypted volume: encrypted on the way, or as it is, since it was made of such a volume. */
export type ImageEncryption =
  | { readonly how: 'encrypt'; readonly volume: EncryptedVolume; readonly encryption: VolumeEncryption }
  | { readonly how: 'as-it-is' };

/** The property of an image that was made of an encrypted volume, as Cinder names it. */
const keyOfImage = 'cinder_encryption_key_id';

/**
 * Undefined for a volume that is not encrypted. The key of an image that is encrypted has been copied for a volume that is created from it;
 * a volume that exists has a key of its own, under which nobody could read the image. Throws `UnencryptableError`.
 */
export function imageEncryptionOf({ host, image, request, makeWay }: ImageWork): ImageEncryption | undefined {
  const volume = encryptedVolumeOf(request);
  if (!volume) return undefined;
  if (image.properties[keyOfImage] === undefined) {
    return { how: 'encrypt', volume, encryption: requireEncryption(host.encryption) };
  }
  if (!makeWay) return { how: 'as-it-is' };
  throw new UnencryptableError({
    code: 'image.unacceptable',
    reason: `Image ${image.id} is encrypted with a key of its own, and the volume with another.`,
  });
}

/** What of the image's disk does not fit beside the header, as a failure; undefined if all of it does. */
export function tooLargeToEncrypt(
  virtualSizeBytes: number,
  { format: { headerBytes } }: EncryptedVolume,
  sizeGib: number,
): Failure | undefined {
  const roomBytes = gibToBytes(sizeGib) - headerBytes;
  if (virtualSizeBytes <= roomBytes) return undefined;
  const reason =
    `The image's virtual size is ${virtualSizeBytes} bytes, and an encrypted volume of ${sizeGib} GiB ` +
    `holds ${roomBytes}: the header takes the rest.`;
  return { code: 'image.unacceptable', reason };
}

/** A writer of the image's disk into an object that is opened by `open` with the bytes that it will take. */
export function openEncrypting(
  { volume, encryption }: Extract<ImageEncryption, { how: 'encrypt' }>,
  { virtualSizeBytes, dataBytes }: { readonly virtualSizeBytes: number; readonly dataBytes: number },
  open: (dataBytes: number) => Promise<ObjectWriter>,
  signal: AbortSignal,
): Promise<ObjectWriter> {
  const storedBytes = virtualSizeBytes + volume.format.headerBytes;
  return encryption.encrypting(
    volume,
    { sizeBytes: virtualSizeBytes, dataBytes, open: () => open(storedBytes) },
    signal,
  );
}
