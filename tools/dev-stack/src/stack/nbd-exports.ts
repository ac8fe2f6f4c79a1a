// The qemu-nbd processes of a stack's attachments: they lead sessions of their own, so that volumes stay connected while a
// volume-manager is started anew, and would outlive the stack.
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { eventually } from '@hearth/testing';

/** Where they keep their sockets and pid files. */
export const nbdDirectory = (stateDir: string): string => join(stateDir, 'nbd');

/** Ends those of a state directory; what their clients were told is written is in the files. Returns how many there were. */
export async function endNbdExports(stateDir: string): Promise<number> {
  const mark = `--pid-file=${nbdDirectory(stateDir)}/`;
  const ours = await pidsWith(mark);
  for (const pid of ours) end(pid);
  await eventually(async () => (await pidsWith(mark)).length === 0, { what: 'an end of all qemu-nbd of the stack' });
  return ours.length;
}

async function pidsWith(mark: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry)).map(Number);
  const found = await Promise.all(pids.map(async (pid) => ((await isExport(pid, mark)) ? [pid] : [])));
  return found.flat();
}

async function isExport(pid: number, mark: string): Promise<boolean> {
  // It may have ended meanwhile, or be somebody else's.
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  const [program = '', ...args] = line.split('\0');
  return basename(program) === 'qemu-nbd' && args.some((arg) => arg.startsWith(mark));
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
