import type { EncryptionSpec, Failure } from '@hearth/contracts';
import { type LuksFormat, type VolumeRequest, luksFormatOf } from '@hearth/domain';
import { DriverError, type ObjectWriter } from '@hearth/driver-api';
import { KeyManagerError } from '@hearth/openstack-clients';
import { FillError } from '../fill/fill-error';
import { driverFailure } from '../volumes/driver-failure';

/** How one volume is encrypted. */
export interface EncryptedVolume {
  /** The key manager's id of its key. */
  readonly keyId: string;
  readonly format: LuksFormat;
}

/** Encrypting what is written into volumes: `LuksEncryption`. Every method throws `KeyManagerError`, `FillError` or the signal's reason. */
export interface VolumeEncryption {
  /** Makes an object that is new an encrypted one in which nothing is, and finishes it; after an error it is removed. */
  formatBlank(volume: EncryptedVolume, object: ObjectWriter, signal: AbortSignal): Promise<void>;
  /** A writer of a guest's bytes, `sizeBytes` of them, whose `finish` stores them encrypted in an object that is new. */
  encrypting(volume: EncryptedVolume, disk: DiskToEncrypt, signal: AbortSignal): Promise<ObjectWriter>;
  /** Removes a key whose volume is no more; one that is not there is success. */
  forget(keyId: string, signal: AbortSignal): Promise<void>;
}

export interface DiskToEncrypt {
  readonly sizeBytes: number;
  /** What will be written at least, as far as that is known: room is set aside for it. */
  readonly dataBytes: number;
  /** Opens the object that the encrypted bytes go into, once they can be made; what it throws ends the work. */
  readonly open: () => Promise<ObjectWriter>;
}

/** Undefined for a volume that is not encrypted. Throws `UnencryptableError`. */
export function encryptedVolumeOf({ encryptionKeyId, volumeType }: VolumeRequest): EncryptedVolume | undefined {
  if (encryptionKeyId === undefined) return undefined;
  return { keyId: encryptionKeyId, format: formatOf(volumeType.encryption) };
}

/** What the type wants cannot be done here. */
export class UnencryptableError extends Error {
  constructor(readonly failure: Failure) {
    super(failure.detail ?? failure.reason);
    this.name = 'UnencryptableError';
  }
}

function formatOf(spec: EncryptionSpec | undefined): LuksFormat {
  const format = spec ? luksFormatOf(spec) : { problem: 'its type does not say how' };
  if (!('problem' in format)) return format;
  throw new UnencryptableError({
    code: 'backend.unsupported',
    reason: `The volume cannot be encrypted: ${format.problem}.`,
  });
}

/** A host without a key manager leaves encrypted volumes alone. Throws `UnencryptableError`. */
export function requireEncryption(encryption: VolumeEncryption | undefined): VolumeEncryption {
  if (encryption) return encryption;
  throw new UnencryptableError({
    code: 'encryption.key_unavailable',
    reason: 'The key of the volume could not be had from the key manager.',
    detail: 'no key manager is configured on this host',
  });
}

/** What went wrong while a volume was encrypted, as a failure; undefined for what is no matter of encryption. */
export function encryptionFailure(error: unknown): Failure | undefined {
  if (error instanceof UnencryptableError) return error.failure;
  if (!(error instanceof KeyManagerError)) return undefined;
  return {
    code: 'encryption.key_unavailable',
    reason: 'The key of the volume could not be had from the key manager.',
    detail: `${error.problem}: ${error.message}`,
  };
}

/** The same of a volume without content: what a program of the host did not do may go well on another. */
export function blankFailure(error: unknown, sizeGib: number): Failure {
  const failure = encryptionFailure(error);
  if (failure) return failure;
  if (error instanceof DriverError || !(error instanceof FillError)) {
    return driverFailure(error, `make a volume of ${sizeGib} GiB`);
  }
  const { detail, reason } = error.failure;
  return { code: 'backend.failed', reason: 'The volume could not be encrypted on its host.', detail: detail ?? reason };
}
