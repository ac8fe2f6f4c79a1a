import { readFile } from 'node:fs/promises';
import { runProgram, type UnixUser } from './run-program';

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * The first of the named users that exists here. Servers that refuse to run as root run as one of them; a number without
 * an entry in the password file will not do, PostgreSQL looks its own name up.
 */
export async function findUser(names: readonly string[]): Promise<UnixUser> {
  const entries = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of names) {
    const entry = entries.find(([user]) => user === name);
    if (entry) return { uid: Number(entry[2]), gid: Number(entry[3]) };
  }
  throw new Error(
    `none of the users ${names.join(', ')} exists on this machine; create one, or run as another user than root`,
  );
}

/** Whether a user can enter a directory or run a program: asks the kernel as that user, so parents and ACLs count too. */
export async function mayExecute(user: UnixUser, path: string): Promise<boolean> {
  return runProgram(['/usr/bin/test', '-x', path], { user, cwd: '/' }).then(
    () => true,
    () => false,
  );
}
