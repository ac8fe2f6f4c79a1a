import { createHash, randomBytes } from 'node:crypto';

/** What the new owner has to know, and what of it is kept. */
export interface TransferKey {
  /** 64 bits in 16 hexadecimal digits, as Cinder's; told once. */
  readonly authKey: string;
  readonly salt: string;
  readonly keyHash: string;
}

export function newTransferKey(): TransferKey {
  const authKey = randomBytes(8).toString('hex');
  const salt = randomBytes(16).toString('hex');
  return { authKey, salt, keyHash: hashOfKey(authKey, salt) };
}

/** SHA-256 of salt and key: nobody learns from the log what the key was. */
export function hashOfKey(authKey: string, salt: string): string {
  return createHash('sha256').update(salt).update('\0').update(authKey).digest('hex');
}
