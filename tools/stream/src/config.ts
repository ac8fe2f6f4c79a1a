import { nkeySeedOf } from '../../nats-accounts/src/nkey-seed';

/** Where the log is, unless the command line says otherwise: the same variable as the apps'. */
export interface Environment {
  readonly natsUrl: string | undefined;
  readonly nkeySeed: string | undefined;
}

export function readEnvironment(env: NodeJS.ProcessEnv = process.env): Environment {
  return { natsUrl: env['HEARTH_NATS_URL'] || undefined, nkeySeed: nkeySeedOf(env) };
}
