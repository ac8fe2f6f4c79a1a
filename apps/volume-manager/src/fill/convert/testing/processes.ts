import { readdirSync, readFileSync } from 'node:fs';

let words = 0;
/** A word that no other process has on its command line. */
export const ownWord = () => `${process.pid}.${(words += 1)}`;

/** The processes of this host, in whatever namespace, whose command line holds a word. */
export function processesWith(word: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => commandLine(pid).includes(word))
    .map(Number);
}

/** The name of the program that a process runs. Throws where there is no such process. */
export function programOf(pid: number): string {
  return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}
