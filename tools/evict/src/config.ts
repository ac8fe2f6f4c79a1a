import { nkeySeedOf } from '../../nats-accounts/src/nkey-seed';

/** Where the log is, and whose seed is shown there: the same variables as the apps'. */
export function readEnvironment(env: NodeJS.ProcessEnv = process.env) {
  const servers = (env['HEARTH_NATS_URL'] || 'nats://127.0.0.1:4222').split(',').map((url) => url.trim());
  return { servers, nkeySeed: nkeySeedOf(env) };
}
