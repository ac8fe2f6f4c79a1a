import { setPriority } from 'node:os';

/**
 * Lets everything else on the machine go first. On Linux a priority is a thread's own, so a thread that calls it leaves the rest of
 * its process as it was: a fill takes what processor time is left, and creates that only clone do not wait for it.
 */
export function beNice(): void {
  if (process.platform === 'linux') setPriority(10);
}
