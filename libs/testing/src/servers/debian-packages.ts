import { mkdir, mkdtemp, readdir, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from './run-program';
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

/**
 * Unpacks a package into a directory of ours and returns its root: nothing is installed, so no right but to write there
 * is needed. The result is kept: a second call finds it. The package's dependencies are not fetched.
 */
export async function extractDebianPackage(name: string, { cacheDir }: { cacheDir: string }): Promise<string> {
  const target = join(cacheDir, name);
  if (await stat(target).catch(() => undefined)) return target;
  await mkdir(cacheDir, { recursive: true });
  const work = await mkdtemp(join(cacheDir, `${name}.partial-`));
  try {
    await downloadPackage(name, work);
    const file = (await readdir(work)).find((entry) => entry.endsWith('.deb'));
    if (!file) throw new Error(`apt-get downloaded no file for the package ${name}`);
    await runProgram(['dpkg-deb', '-x', join(work, file), join(work, 'root')]);
    await rename(join(work, 'root'), target).catch(async (error) => {
      if (!(await stat(target).catch(() => undefined))) throw error; // else another process was faster
    });
    return target;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** `apt-get download` with lists and caches of its own: works for any user and touches nothing of the system's. */
async function downloadPackage(name: string, work: string): Promise<void> {
  const state = join(work, 'state');
  await mkdir(join(state, 'lists/partial'), { recursive: true });
  await mkdir(join(work, 'cache/archives/partial'), { recursive: true });
  await writeFile(join(state, 'status'), '');
  const own = [
    `Dir::State=${state}`,
    `Dir::State::status=${join(state, 'status')}`,
    `Dir::Cache=${join(work, 'cache')}`,
  ];
  if (isRoot()) own.push('APT::Sandbox::User=root'); // the sandbox user could not write below our directory
  const aptGet = ['apt-get', ...own.flatMap((option) => ['-o', option]), '--quiet'];
  await runProgram([...aptGet, 'update'], { cwd: work });
  await runProgram([...aptGet, 'download', name], { cwd: work });
}
