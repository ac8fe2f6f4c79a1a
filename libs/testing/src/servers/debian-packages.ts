import { mkdir, mkdtemp, readdir, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProgramFailed, runProgram } from './run-program';
import { isRoot } from './unix-user';

const policyFile = '/usr/sbin/policy-rc.d';

/**
 * Installs a package system-wide (root only), without its recommendations and without starting the daemon it may bring:
 * Hearth starts its own, with its own data. Safe to run again.
 */
export async function installDebianPackage(name: string): Promise<void> {
  const install = ['/usr/bin/env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-o', 'DPkg::Lock::Timeout=300'].concat(
    ['install', '--yes', '--quiet', '--no-install-recommends', name],
  );
  await withoutDaemons(async () => {
    try {
      await runProgram(install);
    } catch {
      // A fresh machine has no package lists yet, an old one lists versions that are gone.
      await runProgram(['apt-get', 'update', '--quiet']);
      await runProgram(install);
    }
  });
}

/** Debian's own switch against starting daemons on installation; one that is there already is left alone. */
async function withoutDaemons(work: () => Promise<void>): Promise<void> {
  const made = await writeFile(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755, flag: 'wx' }).then(
    () => true,
    () => false,
  );
  try {
    await work();
  } finally {
    if (made) await unlink(policyFile);
  }
}

/** A package to unpack. */
export interface DebianPackage {
  readonly name: string;
  /**
   * Unpack in its place the one of its dependencies whose name matches: a meta package, such as that of the newest kernel,
   * holds nothing itself.
   */
  readonly dependency?: RegExp;
}

/** Where packages are unpacked, and who is told of a download. */
export interface ExtractOptions {
  readonly cacheDir: string;
  readonly log?: (line: string) => void;
}

/**
 * Unpacks a package into a directory of ours and returns its root: nothing is installed, so no right but to write there
 * is needed. The result is kept: a second call finds it. The package's dependencies are not fetched.
 */
export async function extractDebianPackage(name: string, options: ExtractOptions): Promise<string> {
  return (await extractDebianPackages([{ name }], options))[0]!;
}

/** As `extractDebianPackage` for several at once, with one look at the archive's lists; the roots in the order asked for. */
export async function extractDebianPackages(
  packages: readonly DebianPackage[],
  { cacheDir, log = () => undefined }: ExtractOptions,
): Promise<string[]> {
  const rootOf = ({ name }: DebianPackage) => join(cacheDir, name);
  const missing: DebianPackage[] = [];
  for (const wanted of packages) if (!(await isThere(rootOf(wanted)))) missing.push(wanted);
  if (missing.length === 0) return packages.map(rootOf);
  await mkdir(cacheDir, { recursive: true });
  const work = await mkdtemp(join(cacheDir, `${missing[0]!.name}.partial-`));
  try {
    log("reading the lists of Debian's archive");
    const archive = await openArchive(work);
    for (const wanted of missing) {
      const name = wanted.dependency ? await archive.dependencyOf(wanted.name, wanted.dependency) : wanted.name;
      log(`unpacking the Debian package ${name} privately`);
      const unpacked = join(work, `root-${wanted.name}`);
      await runProgram(['dpkg-deb', '-x', await archive.download(name), unpacked]);
      await rename(unpacked, rootOf(wanted)).catch(async (error) => {
        if (!(await isThere(rootOf(wanted)))) throw error; // else another process was faster
      });
    }
    return packages.map(rootOf);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** Of apt with an archive that does not answer: seconds, and how often it tries again. */
const patience = ['Acquire::http::Timeout=20', 'Acquire::Retries=1'];

interface PackageArchive {
  /** Path of the fetched package file. */
  download(name: string): Promise<string>;
  /** The first dependency whose name matches. Throws when there is none. */
  dependencyOf(name: string, matching: RegExp): Promise<string>;
}

/** apt with lists and caches of its own: works for any user and touches nothing of the system's. */
async function openArchive(work: string): Promise<PackageArchive> {
  const state = join(work, 'state');
  await mkdir(join(state, 'lists/partial'), { recursive: true });
  await mkdir(join(work, 'cache/archives/partial'), { recursive: true });
  await writeFile(join(state, 'status'), '');
  const own = [
    `Dir::State=${state}`,
    `Dir::State::status=${join(state, 'status')}`,
    `Dir::Cache=${join(work, 'cache')}`,
    ...patience,
  ];
  if (isRoot()) own.push('APT::Sandbox::User=root'); // the sandbox user could not write below our directory
  const options = [...own.flatMap((option) => ['-o', option]), '--quiet'];
  await runProgram(['apt-get', ...options, 'update'], { cwd: work });
  return {
    download: async (name) => {
      const directory = await mkdtemp(join(work, 'download-'));
      await runProgram(['apt-get', ...options, 'download', name], { cwd: directory }).catch(notFetched(name));
      const file = (await readdir(directory)).find((entry) => entry.endsWith('.deb'));
      if (!file) throw new Error(`apt-get downloaded no file for the package ${name}`);
      return join(directory, file);
    },
    dependencyOf: async (name, matching) => {
      const ask = ['/usr/bin/env', 'LC_ALL=C', 'apt-cache', ...options, 'depends', name];
      const said = await runProgram(ask).catch(notFetched(name));
      const dependencies = [...said.matchAll(/^ *\|?Depends: <?([^\s>]+)/gm)].map(([, found]) => found!);
      const found = dependencies.find((dependency) => matching.test(dependency));
      if (!found) throw new Error(`the package ${name} depends on nothing that matches ${matching}: ${dependencies}`);
      return found;
    },
  };
}

const notFetched = (name: string) => (cause: unknown) => {
  const words = cause instanceof ProgramFailed ? cause.stderr : String(cause);
  throw new Error(`the Debian package ${name} cannot be fetched by apt: ${words.trim()}`, { cause });
};
