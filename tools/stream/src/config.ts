/** Where the log is, unless the command line says otherwise: the same variable as the apps'. */
export interface Environment {
  readonly natsUrl: string | undefined;
}

export function readEnvironment(env: NodeJS.ProcessEnv = process.env): Environment {
  return { natsUrl: env['HEARTH_NATS_URL'] || undefined };
}
