import { nkeys } from 'nats';

/** A user's key: the seed is the secret, the public key is what the server is given. */
export interface UserKey {
  readonly seed: string;
  readonly publicKey: string;
}

/** The part of the client's nkeys that is used here; it brings no types. */
interface KeyPair {
  getSeed(): Uint8Array;
  getPublicKey(): string;
}

const { createUser, fromSeed } = nkeys as { createUser(): KeyPair; fromSeed(seed: Uint8Array): KeyPair };

export function newUserKey(): UserKey {
  const pair = createUser();
  return { seed: new TextDecoder().decode(pair.getSeed()), publicKey: pair.getPublicKey() };
}

/** The key of a seed; undefined for a text that is none of a user. */
export function userKeyOf(seed: string): UserKey | undefined {
  if (!seed.startsWith('SU')) return undefined;
  try {
    return { seed, publicKey: fromSeed(new TextEncoder().encode(seed)).getPublicKey() };
  } catch {
    return undefined;
  }
}
