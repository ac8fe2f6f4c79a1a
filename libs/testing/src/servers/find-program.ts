import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { installDebianPackage } from './debian-packages';
import { runProgram } from './run-program';
import { isRoot } from './unix-user';

/** Where Debian puts programs that are not always on an ordinary user's PATH. */
const systemDirectories = ['/usr/sbin', '/sbin', '/usr/bin', '/bin', '/usr/local/bin', '/usr/local/sbin'];

/** A program's absolute path, from PATH or else from the system's directories. */
export async function findProgram(name: string): Promise<string | undefined> {
  const onPath = await runProgram(['/bin/sh', '-c', 'command -v -- "$1"', 'sh', name]).catch(() => '');
  if (onPath.startsWith('/')) return onPath.trim();
  for (const directory of systemDirectories) {
    const path = join(directory, name);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

/** A program's absolute path; installs its Debian package when it is missing and we are root, else says how to get it. */
export async function requireProgram(
  name: string,
  { debianPackage, log = () => undefined }: { debianPackage: string; log?: (line: string) => void },
): Promise<string> {
  const found = await findProgram(name);
  if (found) return found;
  const advice = `install it, on Debian: apt-get install ${debianPackage}`;
  if (!isRoot()) throw new Error(`the program '${name}' is not on this machine; ${advice}`);
  log(`installing the Debian package ${debianPackage} for '${name}'`);
  await installDebianPackage(debianPackage).catch((cause) => {
    throw new Error(`the program '${name}' is not on this machine and could not be installed; ${advice}`, { cause });
  });
  const installed = await findProgram(name);
  if (!installed) throw new Error(`the Debian package ${debianPackage} was installed but holds no program '${name}'`);
  return installed;
}

export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
