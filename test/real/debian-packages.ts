import { execFile, spawn } from 'node:child_process';
import { access, readFile, rm, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * The environment in which Debian's own programs are to run: their Python tools begin with `python3` and break where
 * another interpreter stands first in PATH.
 */
export const debianEnvironment: NodeJS.ProcessEnv = {
  PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LANG: 'C.UTF-8',
  DEBIAN_FRONTEND: 'noninteractive',
};

const policyFile = '/usr/sbin/policy-rc.d';
const policyMark = '# written by a test run while it installs packages';

/**
 * Makes sure that Debian packages are installed, and does nothing when they are.
 *
 * `answers` are lines for debconf-set-selections (`package question type value`), given before the installation so that
 * maintainer scripts ask nothing. No daemon is started by the installation. Two callers at once wait for each other.
 * @throws Error naming the missing packages when this process is not root, or with apt's last lines when it fails.
 */
export async function installDebianPackages({
  packages,
  answers = [],
}: {
  packages: readonly string[];
  answers?: readonly string[];
}): Promise<void> {
  const missing = await missingPackages(packages);
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0) {
    throw new Error(
      `Debian packages are missing: ${missing.join(', ')}. Run as root once, or install them: ` +
        `apt-get install --no-install-recommends ${missing.join(' ')}`,
    );
  }
  const forbidsStarting = await forbidStarting();
  try {
    if (answers.length > 0) await feed('debconf-set-selections', [], `${answers.join('\n')}\n`);
    await apt(['update']);
    await apt(['install', '-y', '--no-install-recommends', ...missing]);
  } finally {
    if (forbidsStarting) await rm(policyFile, { force: true });
  }
  const still = await missingPackages(missing);
  if (still.length > 0)
    throw new Error(`apt-get ended well, yet these packages are not installed: ${still.join(', ')}`);
}

/** The packages of the list that dpkg does not know as installed. */
async function missingPackages(packages: readonly string[]): Promise<string[]> {
  const installed = await Promise.all(packages.map(isInstalled));
  return packages.filter((_, index) => !installed[index]);
}

async function isInstalled(name: string): Promise<boolean> {
  try {
    const { stdout } = await run('dpkg-query', ['-W', '-f', '${db:Status-Status}', name], { env: debianEnvironment });
    return stdout === 'installed';
  } catch {
    return false;
  }
}

/**
 * invoke-rc.d asks policy-rc.d before it starts a daemon; 101 forbids. A policy that is there already is left alone, one
 * that a killed run of ours left behind is taken over.
 * @returns whether the caller has to remove the file.
 */
async function forbidStarting(): Promise<boolean> {
  const present = await access(policyFile).then(
    () => true,
    () => false,
  );
  if (present) return (await readFile(policyFile, 'utf8')).includes(policyMark);
  await writeFile(policyFile, `#!/bin/sh\n${policyMark}\nexit 101\n`, { mode: 0o755 });
  return true;
}

/** dpkg keeps its own lock; the time-out makes a second caller wait for the first instead of failing. */
async function apt(args: readonly string[]): Promise<void> {
  const argv = ['-q', '-o', 'DPkg::Lock::Timeout=600', '-o', 'Dpkg::Use-Pty=0', ...args];
  try {
    await run('apt-get', argv, { env: debianEnvironment, maxBuffer: 64 << 20 });
  } catch (cause) {
    const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string };
    const last = `${stdout}\n${stderr}`.trim().split('\n').slice(-15).join('\n');
    throw new Error(`apt-get ${args.join(' ')} failed; its last lines:\n${last}`, { cause });
  }
}

/** Runs a program with a text on its standard input. */
function feed(command: string, args: readonly string[], input: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: debianEnvironment, stdio: ['pipe', 'ignore', 'inherit'] });
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${command} ended with ${code}`))));
    child.stdin.end(input);
  });
}
