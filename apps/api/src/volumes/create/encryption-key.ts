import { badRequest } from '@hearth/cinder-v3';
import type { VolumeTypeFacts } from '@hearth/contracts';
import type { CallContext } from '../../http/request-context';
import type { VolumeServices } from '../volume-services';
import type { VolumeSources } from './volume-sources';

/**
 * The id of the key that a new volume of an encrypted type is encrypted with: a copy of the key of what it is a copy of, else a new
 * one; undefined for a type that does not encrypt. Throws a fault of 400 where no key manager is configured, and what that says.
 */
export async function encryptionKeyFor(
  { keys }: Pick<VolumeServices, 'keys'>,
  { name, encryption }: VolumeTypeFacts,
  { image, copied }: VolumeSources,
  { caller }: CallContext,
): Promise<string | undefined> {
  if (!encryption) return undefined;
  if (!keys) {
    throw badRequest(
      `Invalid volume type: volumes of type '${name}' are encrypted, and no key manager is configured that could keep their keys.`,
    );
  }
  const existing =
    copied?.volume.request.encryptionKeyId ?? image?.identity.properties['cinder_encryption_key_id'] ?? undefined;
  return existing === undefined ? keys.create(encryption, caller) : keys.copy(existing, caller);
}
