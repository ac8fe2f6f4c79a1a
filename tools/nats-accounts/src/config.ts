import { readFileSync } from 'node:fs';

/** Where NATS is, and whose seed is shown there: the same variables as the apps'. */
export interface Environment {
  readonly natsUrls: readonly string[];
  readonly nkeySeed: string | undefined;
}

/** Throws an error that names the variable whose file cannot be read. */
export function readEnvironment(env: NodeJS.ProcessEnv = process.env): Environment {
  return {
    natsUrls: (env['HEARTH_NATS_URL'] || 'nats://127.0.0.1:4222').split(',').map((url) => url.trim()),
    nkeySeed: env['HEARTH_NATS_NKEY_SEED'] || readSeedFile(env['HEARTH_NATS_NKEY_SEED_FILE']),
  };
}

function readSeedFile(path: string | undefined): string | undefined {
  if (!path) return undefined;
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new Error(`HEARTH_NATS_NKEY_SEED_FILE: ${(cause as Error).message}`, { cause });
  }
}
