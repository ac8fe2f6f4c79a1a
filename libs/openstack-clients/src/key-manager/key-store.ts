import { KeyManagerError, isKeyId } from './key-manager';

/** A symmetric key: its bytes are a secret, never logged and never stored anywhere else. */
export interface SymmetricKey {
  /** What it is for, as the key manager was told: `aes`. */
  readonly algorithm: string;
  readonly bytes: Buffer;
}

export interface NewKey extends SymmetricKey {
  /** For people who look through the key manager. */
  readonly name: string;
}

export interface KeyOptions {
  readonly signal?: AbortSignal;
  /** Asks with the rights of who bears it; with our own unless given. */
  readonly token?: string;
}

/**
 * Where the keys of encrypted volumes are kept. Every method throws `KeyManagerError`, of which a user may read no word, or the
 * signal's reason.
 */
export interface KeyStore {
  /** Stores a key; gives its id. It belongs to the project of who asks. */
  store(key: NewKey, options?: KeyOptions): Promise<string>;
  key(id: string, options?: KeyOptions): Promise<SymmetricKey>;
  /** After it the key is not there; one that was not there is success. */
  remove(id: string, options?: KeyOptions): Promise<void>;
  /** Lets a user of any project read the key, beside those who may already, or instead of them. */
  allow(id: string, userId: string, options?: KeyOptions & { readonly instead?: boolean }): Promise<void>;
  /** Releases what is kept open. */
  close(): Promise<void>;
}

/** The id in lower case, fit for a path. No key has what is no uuid: it is `not-found`. */
export function keyId(text: string): string {
  if (isKeyId(text)) return text.toLowerCase();
  throw new KeyManagerError('not-found', `${JSON.stringify(text.slice(0, 64))} is no uuid: no key has it`);
}
