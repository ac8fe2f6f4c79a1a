import { nkeySeedOf } from '../../nats-accounts/src/nkey-seed';

/** Where the api is and who asks, as the environment says; options of the command line win. */
export interface CliDefaults {
  readonly url: string;
  readonly token: string | undefined;
  /** Where the log and the tables are, for the few commands that ask no api; the apps' own variables. */
  readonly log: {
    readonly databaseUrl: string | undefined;
    readonly natsUrl: string | undefined;
    /** Read when it is needed: its file is not everybody's. Throws an error that names the file. */
    readonly nkeySeed: () => string | undefined;
  };
}

export function readDefaults(): CliDefaults {
  const { HEARTH_API_URL: url, HEARTH_TOKEN: token } = process.env;
  const { HEARTH_DATABASE_URL: databaseUrl, HEARTH_NATS_URL: natsUrl } = process.env;
  const log = {
    databaseUrl: databaseUrl || undefined,
    natsUrl: natsUrl || undefined,
    nkeySeed: () => nkeySeedOf(process.env),
  };
  return { log, url: url || 'http://127.0.0.1:8776', token: token || undefined };
}
