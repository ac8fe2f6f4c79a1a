import { KeystoneError } from '../keystone/keystone-error';
import type { KeystoneClient } from '../keystone/keystone.client';
import { BarbicanKeyStore } from './barbican.key-store';
import { FolderKeyStore } from './folder.key-store';
import type { KeyStore } from './key-store';

/** What an app's configuration says of keys. */
export interface KeyStoreSettings {
  readonly barbicanUrl?: string;
  readonly volumeKeysDirectory?: string;
}

interface KeyStoreLog {
  warn(message: string, fields: Readonly<Record<string, unknown>>): void;
}

/**
 * Where the keys of volumes are kept: the folder, if one is named, of which the log is warned, else Barbican at the URL or where the
 * catalogue says, asked as the service user. Undefined where nothing of it is configured. Throws when the URL is none.
 */
export function openKeyStore(
  { barbicanUrl, volumeKeysDirectory }: KeyStoreSettings,
  keystone: Pick<KeystoneClient, 'token' | 'endpoints'> | undefined,
  log: KeyStoreLog,
): KeyStore | undefined {
  if (volumeKeysDirectory !== undefined) {
    log.warn('keys of volumes are kept in a folder: for trying out only', { directory: volumeKeysDirectory });
    return new FolderKeyStore(volumeKeysDirectory);
  }
  const endpoint = barbicanUrl ?? (keystone && (() => firstEndpoint(keystone)));
  if (endpoint === undefined) return undefined;
  return new BarbicanKeyStore({
    endpoint,
    ...(keystone && { token: (refused) => keystone.token(refused) }),
  });
}

async function firstEndpoint(keystone: Pick<KeystoneClient, 'endpoints'>): Promise<string> {
  const [first] = await keystone.endpoints('key-manager');
  if (first === undefined) throw new KeystoneError('no-endpoint', 'the catalogue names no key manager');
  return first;
}
