import { nkeySeedOf } from '../../nats-accounts/src/nkey-seed';

/** Where the read model and the log are, unless options say otherwise: the same variables as the apps'. */
export interface Environment {
  readonly databaseUrl: string | undefined;
  readonly natsUrl: string | undefined;
  readonly nkeySeed: string | undefined;
}

export function readEnvironment(env: NodeJS.ProcessEnv = process.env): Environment {
  return { databaseUrl: env['HEARTH_DATABASE_URL'], natsUrl: env['HEARTH_NATS_URL'], nkeySeed: nkeySeedOf(env) };
}
