// Looks at one app of the stack from outside while something goes on: its memory, and what it keeps in nameless files.
import { readFile, readdir, readlink, stat } from 'node:fs/promises';
import { stackStatus } from '../../../dev-stack/src/stack/stack-status';
import type { BenchStack } from '../bench-stack';

export interface SeenOfProcess {
  /** The most that its resident memory was. */
  readonly peakBytes: number;
  /** The most that its resident memory was above where it began. */
  readonly grownBytes: number;
  /** The most that its nameless files took up on the disk, all together. */
  readonly scratchBytes: number;
}

const intervalMs = 100;

/** Begins to look; `end` tells what was seen. */
export async function watchProcess(
  { stateDir }: BenchStack,
  app: string,
): Promise<{ readonly end: () => Promise<SeenOfProcess> }> {
  const found = ((await stackStatus(stateDir)) ?? []).find(({ name, pid }) => name.startsWith(app) && pid !== null);
  if (!found?.pid) throw new Error(`the ${app} does not run`);
  const { pid } = found;
  const startBytes = await residentBytes(pid);
  let [peakBytes, scratchBytes] = [startBytes, 0];
  const look = async () => {
    peakBytes = Math.max(peakBytes, await residentBytes(pid));
    scratchBytes = Math.max(scratchBytes, await namelessBytes(pid));
  };
  let last = Promise.resolve();
  const timer = setInterval(() => (last = last.then(look)), intervalMs);
  return {
    end: async () => {
      clearInterval(timer);
      await last;
      await look();
      return { peakBytes, grownBytes: peakBytes - startBytes, scratchBytes };
    },
  };
}

async function residentBytes(pid: number): Promise<number> {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) * 1024;
}

async function namelessBytes(pid: number): Promise<number> {
  let bytes = 0;
  for (const fd of await readdir(`/proc/${pid}/fd`)) {
    const path = `/proc/${pid}/fd/${fd}`;
    const target = await readlink(path).catch(() => '');
    if (!target.startsWith('/') || !target.endsWith(' (deleted)')) continue;
    const file = await stat(path).catch(() => undefined);
    if (file?.isFile()) bytes += file.blocks * 512;
  }
  return bytes;
}
