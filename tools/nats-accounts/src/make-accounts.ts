// Keys and server configuration of an installation in one folder: `<user>/nkey.seed` for each user, and `server/users.conf`.
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newUserKey, userKeyOf, type UserKey } from './nkey';
import { permissionsOf } from './permissions';
import { serverConfig, type ServerUser } from './server-config';
import { type Installation, nameOf, usersOf } from './users';

export interface MakeAccountsOptions extends Installation {
  readonly directory: string;
  /** Names of users that get new keys; the others keep theirs. */
  readonly rotate?: readonly string[];
}

/** What an installation's folder holds. */
export interface Accounts {
  /** To be included in the server's configuration. */
  readonly serverFile: string;
  /** False when it was as it is before: the server need not be told. */
  readonly changed: boolean;
  /** Names of users that have a new key. */
  readonly made: readonly string[];
}

export const serverFileOf = (directory: string): string => join(directory, 'server', 'users.conf');
export const seedFileOf = (directory: string, user: string): string => join(directory, user, 'nkey.seed');

/**
 * Makes the keys that are missing and writes the server's configuration; a second run changes nothing. A user that is not named any
 * more is left out of the configuration, which withdraws its access once the server has read it; its seed stays.
 * Throws an error that names the file, the user or the host that cannot be used.
 */
export async function makeAccounts(options: MakeAccountsOptions): Promise<Accounts> {
  const { directory, rotate = [] } = options;
  const users = usersOf(options);
  const names = users.map(nameOf);
  const unknown = rotate.filter((name) => !names.includes(name));
  if (unknown.length > 0)
    throw new Error(`there is no user ${unknown.join(', ')} to be given a new key; the users are ${names.join(', ')}`);
  await mkdir(directory, { recursive: true });
  const made: string[] = [];
  const known: ServerUser[] = [];
  for (const user of users) {
    const name = nameOf(user);
    const file = seedFileOf(directory, name);
    let key = rotate.includes(name) ? undefined : await readKey(file);
    if (!key) {
      key = newUserKey();
      await writeSecret(join(directory, name), file, key.seed);
      made.push(name);
    }
    known.push({ name, publicKey: key.publicKey, permissions: permissionsOf(user, key.publicKey) });
  }
  const serverFile = serverFileOf(directory);
  return { serverFile, changed: await writeIfChanged(directory, serverFile, serverConfig(known)), made };
}

/** The seed of a user of an installation. Throws an error that names the file. */
export async function readSeed(directory: string, user: string): Promise<string> {
  const file = seedFileOf(directory, user);
  const key = await readKey(file);
  if (!key) throw new Error(`${file} does not exist: make the users of NATS first (tools/nats-accounts)`);
  return key.seed;
}

async function readKey(file: string): Promise<UserKey | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new Error(`${file} cannot be read: ${error.message}`, { cause: error });
  });
  if (text === undefined) return undefined;
  const key = userKeyOf(text.trim());
  if (!key) throw new Error(`${file} holds no seed of a NATS user; remove it, and a new one is made`);
  return key;
}

/** Readable for its owner alone from the first byte on; complete or not there. */
async function writeSecret(folder: string, file: string, seed: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(`${file}.new`, `${seed}\n`, { mode: 0o600 });
  await chmod(`${file}.new`, 0o600);
  await rename(`${file}.new`, file);
}

async function writeIfChanged(directory: string, file: string, text: string): Promise<boolean> {
  const before = await readFile(file, 'utf8').catch(() => undefined);
  if (before === text) return false;
  await mkdir(join(directory, 'server'), { recursive: true });
  await writeFile(`${file}.new`, text, { mode: 0o644 });
  await rename(`${file}.new`, file);
  return true;
}
