import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

/** What tells an app where the keys of encrypted volumes are. */
const saying = ['HEARTH_VOLUME_KEYS_DIRECTORY', 'HEARTH_BARBICAN_URL', 'HEARTH_KEYSTONE_URL'];

/**
 * Makes the folder in which a stack keeps the keys of encrypted volumes: for development, as whoever reads it has every key. Undefined
 * where the environment of the apps says where they are.
 */
export async function makeKeysDirectory(stateDir: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  if (saying.some((name) => env[name])) return undefined;
  const directory = join(stateDir, 'volume-keys');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  return directory;
}
