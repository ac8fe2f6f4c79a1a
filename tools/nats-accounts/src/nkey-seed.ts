import { readFileSync } from 'node:fs';

/** The seed that a tool shows at NATS, from the apps' variables. Throws an error that names the one whose file cannot be read. */
export function nkeySeedOf(env: NodeJS.ProcessEnv): string | undefined {
  const path = env['HEARTH_NATS_NKEY_SEED_FILE'];
  if (env['HEARTH_NATS_NKEY_SEED'] || !path) return env['HEARTH_NATS_NKEY_SEED'] || undefined;
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new Error(`HEARTH_NATS_NKEY_SEED_FILE: ${(cause as Error).message}`, { cause });
  }
}
