import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { debianEnvironment } from './debian-packages';

const run = promisify(execFile);

/** The region of everything in the catalogue. */
export const keystoneRegion = 'RegionOne';

/** Where one Keystone keeps everything it knows, all below one folder. */
export interface KeystonePaths {
  readonly directory: string;
  readonly config: string;
}

/** What `keystone-manage bootstrap` takes as the password of the first administrator. */
export interface Bootstrapped extends KeystonePaths {
  readonly adminPassword: string;
}

/**
 * A Keystone that is ready to be served from `directory`: fernet keys, tables in SQLite, and the administrator of a bootstrap. Making
 * these takes seconds, so it is done once for each version of the package and copied from then on; a folder that has them keeps them.
 */
export async function configureKeystone(directory: string): Promise<Bootstrapped> {
  if (!(await exists(join(directory, databaseFile)))) {
    await cp(await template(), directory, { recursive: true });
    await writeConfiguration(directory);
  }
  const adminPassword = await readFile(join(directory, passwordFile), 'utf8');
  return { directory, config: join(directory, configurationFile), adminPassword };
}

/** What the catalogue says of Keystone itself: the root is that of its configuration, since the port is another at each start. */
const ownEndpoint = '$(public_endpoint)s/v3';

const databaseFile = 'keystone.sqlite';
const passwordFile = 'admin-password';
const configurationFile = 'keystone.conf';

/** Beside what the build makes; another test run may be making the same at this moment, and the first to be done is taken. */
async function template(): Promise<string> {
  const { stdout } = await run('dpkg-query', ['-W', '-f', '${Version}', 'keystone'], { env: debianEnvironment });
  const made = join(__dirname, '../../dist/test-templates', `keystone-${stdout.replace(/[^\w.+-]/g, '_')}`);
  if (await exists(made)) return made;
  await mkdir(dirname(made), { recursive: true });
  const work = await mkdtemp(`${made}.partial-`);
  try {
    await makeKeys(work);
    await writeConfiguration(work);
    await manage(work, ['db_sync']);
    await letReadersBe(join(work, databaseFile));
    await bootstrap(work);
    await rename(work, made).catch(async (error) => {
      if (!(await exists(made))) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return made;
}

/** Keystone leaves reads of SQLite unfinished, which lock writers out of a database with a rollback journal; the file remembers this. */
async function letReadersBe(database: string): Promise<void> {
  const script = 'import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute("pragma journal_mode=wal")';
  await run('python3', ['-c', script, database], { env: debianEnvironment });
}

/** Two keys a repository, as a set-up leaves it: 0 is next in line, the highest signs. */
async function makeKeys(directory: string): Promise<void> {
  for (const repository of ['fernet-keys', 'credential-keys']) {
    await mkdir(join(directory, repository), { mode: 0o700 });
    for (const name of ['0', '1']) {
      const key = randomBytes(32).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
      await writeFile(join(directory, repository, name), key, { mode: 0o600 });
    }
  }
}

async function bootstrap(directory: string): Promise<void> {
  const password = randomBytes(12).toString('hex');
  const region = ['--bootstrap-region-id', keystoneRegion];
  const endpoints = ['admin', 'internal', 'public'].flatMap((name) => [`--bootstrap-${name}-url`, ownEndpoint]);
  await manage(directory, ['bootstrap', ...region, ...endpoints], { OS_BOOTSTRAP_PASSWORD: password });
  await writeFile(join(directory, passwordFile), password, { mode: 0o600 });
}

/**
 * Passwords are hashed with little effort, as they protect nothing here. What was looked up is remembered by the one process that serves
 * (and forgotten by it when it changes): a token costs a fortieth then.
 */
async function writeConfiguration(directory: string): Promise<void> {
  await writeFile(
    join(directory, configurationFile),
    `[DEFAULT]
use_stderr = true

[database]
connection = sqlite:///${join(directory, databaseFile)}

[token]
provider = fernet
allow_expired_window = 172800

[fernet_tokens]
key_repository = ${join(directory, 'fernet-keys')}

[fernet_receipts]
key_repository = ${join(directory, 'fernet-keys')}

[credential]
key_repository = ${join(directory, 'credential-keys')}

[identity]
password_hash_rounds = 4

[cache]
enabled = true
backend = dogpile.cache.memory_pickle
`,
  );
}

async function manage(directory: string, argv: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<void> {
  try {
    const options = { cwd: directory, env: { ...debianEnvironment, ...env }, maxBuffer: 64 << 20 };
    await run('keystone-manage', ['--config-file', join(directory, configurationFile), ...argv], options);
  } catch (cause) {
    const { stderr = '' } = cause as { stderr?: string };
    const last = stderr.trim().split('\n').slice(-15).join('\n');
    throw new Error(`keystone-manage ${argv[0]} failed; its last lines:\n${last}`, { cause });
  }
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
