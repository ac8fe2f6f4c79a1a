import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runProgram, type UnixUser } from './run-program';
import { mayExecute } from './unix-user';

/** Where root keeps the data when the wanted directory is below one that only root can enter (a checkout in /root). */
const sharedData = '/var/lib/hearth';

export const superuser = 'hearth';

const cluster = 'cluster';

/**
 * The directory around the cluster's files, owned by the user who runs the server. `<dataDir>/data`, unless that user cannot
 * get there: then a directory of the system's, and `<dataDir>/data` is a link to it.
 */
export async function preparePostgresHome(
  dataDir: string,
  user: UnixUser | undefined,
  log: (line: string) => void,
): Promise<string> {
  await mkdir(dataDir, { recursive: true });
  const data = join(dataDir, 'data');
  if (existsSync(data)) return realpath(data);
  if (!user) {
    await mkdir(data, { mode: 0o700 });
    return realpath(data);
  }
  await openTo(user, dataDir);
  if (await mayExecute(user, dataDir)) {
    await mkdir(data, { mode: 0o700 });
    await chown(data, user.uid, user.gid);
    return realpath(data);
  }
  const elsewhere = join(
    sharedData,
    `postgres-${createHash('sha256')
      .update(await realpath(dataDir))
      .digest('hex')
      .slice(0, 12)}`,
  );
  log(`the server's user cannot reach ${dataDir}: its data is in ${elsewhere}`);
  await rm(elsewhere, { recursive: true, force: true }); // left by an earlier state directory of this name
  await mkdir(elsewhere, { recursive: true, mode: 0o700 });
  await chmod(sharedData, 0o755);
  await chown(elsewhere, user.uid, user.gid);
  await symlink(elsewhere, data);
  return elsewhere;
}

/** Removes a cluster's files wherever they are. The server must be stopped. */
export async function removePostgresData(dataDir: string): Promise<void> {
  const data = await realpath(join(dataDir, 'data')).catch(() => undefined);
  if (data) await rm(data, { recursive: true, force: true });
  await rm(dataDir, { recursive: true, force: true });
}

/** The major version the cluster was made with; undefined when there is none yet. */
export async function clusterMajor(dataDir: string): Promise<number | undefined> {
  const text = await readFile(join(dataDir, 'data', cluster, 'PG_VERSION'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : Number(text.trim());
}

/** Lets the server's user pass through a directory of ours, and no more; what is above it is not ours to change. */
async function openTo(user: UnixUser, directory: string): Promise<void> {
  if (await mayExecute(user, directory)) return;
  if (await mayExecute(user, dirname(directory))) await chmod(directory, 0o711);
}

const passwordFile = (dataDir: string): string => join(dataDir, 'password');

/** The superuser's password, made once and kept in a file only its owner reads. */
export async function keepPassword(dataDir: string): Promise<string> {
  const password = randomBytes(24).toString('base64url');
  await writeFile(passwordFile(dataDir), password, { mode: 0o600, flag: 'wx' }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    },
  );
  return (await readPassword(dataDir)) ?? password;
}

/** The kept password; undefined for a server that has none. */
export async function readPassword(dataDir: string): Promise<string | undefined> {
  return readFile(passwordFile(dataDir), 'utf8').catch(() => undefined);
}

/** What initdb is told. */
export interface ClusterOptions {
  readonly binDir: string;
  readonly home: string;
  readonly user?: UnixUser;
  /** Left out: everybody on this machine is trusted (tests). */
  readonly password?: string;
  /** False: initdb does not wait for the disk (tests). */
  readonly durable: boolean;
}

/** Makes the cluster's files when there are none and returns their directory. An interrupted attempt leaves nothing that counts. */
export async function initialiseCluster({ binDir, home, user, password, durable }: ClusterOptions): Promise<string> {
  const target = join(home, cluster);
  if (existsSync(target)) return target;
  const partial = join(home, 'cluster.partial');
  const secret = join(home, 'initdb-password');
  await rm(partial, { recursive: true, force: true });
  if (password !== undefined) {
    await writeFile(secret, password, { mode: 0o600 });
    if (user) await chown(secret, user.uid, user.gid);
  }
  const argv = [join(binDir, 'initdb'), '--pgdata', partial, '--username', superuser, '--encoding=UTF8', '--locale=C'];
  if (!durable) argv.push('--no-sync');
  argv.push(...(password === undefined ? ['--auth=trust'] : ['--auth=scram-sha-256', `--pwfile=${secret}`]));
  try {
    await runProgram(argv, { user, cwd: '/', timeoutMs: 120_000 });
    await rename(partial, target);
  } finally {
    await rm(secret, { force: true });
  }
  return target;
}
