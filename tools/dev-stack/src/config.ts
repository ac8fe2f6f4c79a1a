import { resolve } from 'node:path';

/** What the environment says about a stack: the same variables as the apps'. */
export interface StackEnvironment {
  /** Servers that run already; one that is not named is started. */
  readonly natsUrl: string | undefined;
  readonly databaseUrl: string | undefined;
  readonly imageServiceUrl: string | undefined;
  /** Where a stack keeps its state unless the command line says otherwise. */
  readonly stateDirectory: string;
  /** What the processes of the stack inherit. */
  readonly inherited: NodeJS.ProcessEnv;
}

export function readEnvironment(env: NodeJS.ProcessEnv = process.env): StackEnvironment {
  return {
    natsUrl: env['HEARTH_NATS_URL'] || undefined,
    databaseUrl: env['HEARTH_DATABASE_URL'] || undefined,
    imageServiceUrl: env['HEARTH_GLANCE_URL'] || undefined,
    stateDirectory: resolve(env['HEARTH_STATE_DIRECTORY'] || '.hearth'),
    inherited: env,
  };
}
