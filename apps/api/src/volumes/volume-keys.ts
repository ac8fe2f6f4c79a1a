import type { EncryptionSpec } from '@hearth/contracts';
import type { Caller } from '../auth/caller';

/** Who asks for a key, in whose project an image's key is, and who reads the key of a volume. */
export type KeyOwner = Pick<Caller, 'token' | 'userId'>;

/**
 * Keys of encrypted volumes. They are ours, so that they can be read and removed when no user is there; a user who may see how a volume is
 * encrypted is let in to its key. Keys of images belong to their user, who can delete an image without us. Every method that
 * rejects does so with the fault that the caller is told.
 */
export interface VolumeKeys {
  /** Makes a key as a type wants it; gives the key manager's id of it. */
  create(spec: EncryptionSpec, volumeId: string): Promise<string>;
  /** Makes a key of its own with the same secret, so that each can be removed without the other. */
  copy(keyId: string, volumeId: string): Promise<string>;
  /** The same of a key that an image names: it is read with the caller's own rights, since anybody can write an id into an image. */
  copyOfImage(keyId: string, volumeId: string, owner: KeyOwner): Promise<string>;
  /** Makes a copy that belongs to the caller, for an image. */
  createForImage(keyId: string, owner: KeyOwner): Promise<string>;
  /** Takes that back. Never rejects. */
  removeOfImage(keyId: string, owner: KeyOwner): Promise<void>;
  /** What was encrypted with it is lost; harmless for a key that is not there. Never rejects: what is left is told to the operator. */
  remove(keyId: string): Promise<void>;
  /** Lets a user read a volume's key, or only that one. Never rejects: who is not let in hears it from the key manager. */
  allow(keyId: string, userId: string, options?: { readonly instead?: boolean }): Promise<void>;
}
