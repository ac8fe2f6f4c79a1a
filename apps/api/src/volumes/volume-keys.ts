import type { EncryptionSpec } from '@hearth/contracts';
import type { Caller } from '../auth/caller';

/** Who the key manager is asked for: keys belong to whoever had them made. */
export type KeyOwner = Pick<Caller, 'token'>;

/** Keys of encrypted volumes. Every method throws the fault that its caller is told. */
export interface VolumeKeys {
  /** Makes a key as a type wants it; gives the key manager's id of it. */
  create(spec: EncryptionSpec, owner: KeyOwner): Promise<string>;
  /** Makes a key of its own with the same secret, so that each can be deleted without the other. */
  copy(keyId: string, owner: KeyOwner): Promise<string>;
  /** What was encrypted with it is lost; harmless for a key that is not there. */
  remove(keyId: string, owner: KeyOwner): Promise<void>;
}
