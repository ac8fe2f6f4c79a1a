import { homedir } from 'node:os';
import { join } from 'node:path';
import { nkeySeedOf } from '../../nats-accounts/src/nkey-seed';

/** Where the api is and who asks, as the environment says; options of the command line win. */
export interface CliDefaults {
  /** Undefined: where the cloud's catalogue has it, else on this machine. */
  readonly url: string | undefined;
  readonly token: string | undefined;
  /** The variables `OS_*` by their names in `clouds.yaml`: `OS_AUTH_URL` is `auth_url`. */
  readonly openstack: Readonly<Record<string, string>>;
  /** The names of all variables that are set. */
  readonly variables: readonly string[];
  /** Where `clouds.yaml` and `secure.yaml` may be, the first one that is there counts. */
  readonly cloudsFiles: readonly string[];
  readonly secureFiles: readonly string[];
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
  const { OS_CLIENT_CONFIG_FILE: clouds, OS_CLIENT_SECURE_FILE: secure } = process.env;
  const log = {
    databaseUrl: databaseUrl || undefined,
    natsUrl: natsUrl || undefined,
    nkeySeed: () => nkeySeedOf(process.env),
  };
  return {
    ...{ log, url: url || undefined, token: token || undefined, openstack: openstackVariables() },
    variables: Object.keys(process.env),
    cloudsFiles: filesOf(clouds, 'clouds'),
    secureFiles: filesOf(secure, 'secure'),
  };
}

/** Whether people may be shown colours: <https://no-color.org>. */
export const wantsColour = (): boolean => !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';

function openstackVariables(): Readonly<Record<string, string>> {
  const entries = Object.entries(process.env).flatMap(([name, value]) =>
    name.startsWith('OS_') && value ? [[name.slice('OS_'.length).toLowerCase(), value] as const] : [],
  );
  return Object.fromEntries(entries);
}

/** In the order of the stock clients. */
function filesOf(own: string | undefined, name: string): readonly string[] {
  if (own) return [own];
  const home = process.env['XDG_CONFIG_HOME'] || join(homedir(), '.config');
  const folders = ['.', join(home, 'openstack'), '/etc/openstack'];
  return folders.flatMap((folder) => ['yaml', 'yml', 'json'].map((ending) => join(folder, `${name}.${ending}`)));
}
