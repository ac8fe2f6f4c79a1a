import { nkeySeedOf } from './nkey-seed';

/** Where NATS is, and whose seed is shown there: the same variables as the apps'. */
export interface Environment {
  readonly natsUrls: readonly string[];
  readonly nkeySeed: string | undefined;
}

/** Throws an error that names the variable whose file cannot be read. */
export function readEnvironment(env: NodeJS.ProcessEnv = process.env): Environment {
  const natsUrls = (env['HEARTH_NATS_URL'] || 'nats://127.0.0.1:4222').split(',').map((url) => url.trim());
  return { natsUrls, nkeySeed: nkeySeedOf(env) };
}
