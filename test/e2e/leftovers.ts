// What work that has ended may not leave behind on a host, beside objects of the backend.
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** A process that has a file open, named or not. */
export interface FileUser {
  readonly pid: number;
  /** Its arguments, separated by spaces. */
  readonly command: string;
  /** As the kernel names it: a file without a name is `<folder>/#<number> (deleted)`. */
  readonly file: string;
}

/** Everything below a folder, by name. A folder that is not there holds nothing. */
export async function filesBelow(directory: string): Promise<string[]> {
  return (await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []))
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Who has a file below a folder open. */
export async function usersOf(directory: string): Promise<FileUser[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  return (await Promise.all(pids.map((pid) => usesOf(pid, directory)))).flat();
}

/** A process may end while it is looked at: then it uses nothing. */
async function usesOf(pid: number, directory: string): Promise<FileUser[]> {
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const files = await Promise.all(descriptors.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')));
  const used = files.filter((file) => file.startsWith(`${directory}/`));
  if (used.length === 0) return [];
  const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0').join(' ').trim();
  return used.map((file) => ({ pid, command, file }));
}
