import { resolve } from 'node:path';
import { KeystoneAdmin } from './keystone.admin';
import { configureKeystone, keystoneRegion } from './keystone.config';
import { installKeystone } from './keystone.install';
import { runKeystone } from './keystone.process';
import {
  type IssuedToken,
  issueToken,
  type KeystoneCredentials,
  openrc,
  type PasswordCredentials,
} from './keystone.tokens';

export { KeystoneAdmin, type CatalogueEntry, type KeystoneProject, type KeystoneUser } from './keystone.admin';
export {
  type ApplicationCredential,
  type IssuedToken,
  type KeystoneCredentials,
  KeystoneRefusal,
  type PasswordCredentials,
} from './keystone.tokens';

/** A real Keystone of Debian's packages on a loopback port: fernet tokens, SQLite, one region. */
export interface Keystone {
  /** Root of the API, without a version: `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** What clients are given: the root with `/v3`. */
  readonly authUrl: string;
  readonly region: string;
  /** The administrator that a bootstrap makes, in the project `admin`. */
  readonly administrator: PasswordCredentials;
  /** What that administrator does with users and the catalogue. */
  readonly admin: KeystoneAdmin;
  issueToken(credentials: KeystoneCredentials): Promise<IssuedToken>;
  /** Variables of the environment with which the stock client and SDK are this user. */
  openrc(credentials: KeystoneCredentials): Record<string, string>;
  /** Ends it as a crash would; it knows what it knew when it is started again. */
  kill(): Promise<void>;
  /** Starts it again on the same port, stopping it first if it runs. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Installs Debian's Keystone where it is missing (as root; about half a minute, once), and starts one with its state below `directory`
 * (which is its own) in some three seconds. Started again over the same folder, it finds its users again.
 */
export async function startKeystone({ directory }: { directory: string }): Promise<Keystone> {
  await installKeystone();
  const { adminPassword, ...paths } = await configureKeystone(resolve(directory));
  let running = await runKeystone(paths);
  const { url } = running.notes;
  const authUrl = `${url}/v3`;
  const region = keystoneRegion;
  const administrator = { userName: 'admin', password: adminPassword, projectName: 'admin' };
  return {
    ...{ url, authUrl, region, administrator, admin: new KeystoneAdmin(authUrl, region, administrator) },
    issueToken: (credentials) => issueToken(authUrl, credentials),
    openrc: (credentials) => openrc({ authUrl, region }, credentials),
    kill: () => running.kill(),
    restart: async () => {
      await running.stop();
      running = await runKeystone(paths, Number(new URL(url).port));
    },
    stop: () => running.stop(),
  };
}
