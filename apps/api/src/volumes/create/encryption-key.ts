import { badRequest } from '@hearth/cinder-v3';
import type { VolumeTypeFacts } from '@hearth/contracts';
import type { CallContext } from '../../http/request-context';
import type { VolumeServices } from '../volume-services';
import type { VolumeSources } from './volume-sources';

interface EncryptedCreate {
  readonly volumeId: string;
  readonly volumeType: VolumeTypeFacts;
  readonly sources: VolumeSources;
}

/** The image's property, as Cinder names it. */
const keyOfImage = 'cinder_encryption_key_id';

/**
 * The id of the key that a new volume of an encrypted type is encrypted with: a copy of the key of what it is a copy of, else a new
 * one; undefined for a type that does not encrypt. Throws a fault of 400 where no key manager is configured, and what that says.
 */
export async function encryptionKeyFor(
  { keys }: Pick<VolumeServices, 'keys'>,
  { volumeId, volumeType, sources }: EncryptedCreate,
  { caller }: CallContext,
): Promise<string | undefined> {
  const { name, encryption } = volumeType;
  if (!encryption) return undefined;
  if (!keys) {
    throw badRequest(
      `Invalid volume type: volumes of type '${name}' are encrypted, and no key manager is configured that could keep their keys.`,
    );
  }
  const copied = sources.copied?.volume.request.encryptionKeyId;
  if (copied !== undefined) return keys.copy(copied, volumeId);
  const ofImage = sources.image?.identity.properties[keyOfImage];
  return ofImage === undefined ? keys.create(encryption, volumeId) : keys.copyOfImage(ofImage, volumeId, caller);
}
