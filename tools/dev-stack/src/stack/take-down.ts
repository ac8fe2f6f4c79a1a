// Ends a stack in the order in which nothing is lost or asked in vain: who takes requests first, then who works, then who
// tells the outside, then the servers they all stand on.
import { readdir, rm } from 'node:fs/promises';
import { findLaunched, type Launched } from '@hearth/testing/servers';
import { findStackServers, removeStackData } from '../servers/stack-servers';
import { appsDirectory, type RunningApp } from './app-process';
import { endNbdExports } from './nbd-exports';

/** The apps of a state directory that run, planned or not. */
export async function runningApps(stateDir: string): Promise<RunningApp[]> {
  const directory = appsDirectory(stateDir);
  const files = await readdir(directory).catch(() => [] as string[]);
  const names = files.filter((file) => file.endsWith('.pid')).map((file) => file.slice(0, -'.pid'.length));
  const found = await Promise.all(names.map((name) => findLaunched(directory, name)));
  return found.flatMap((process) => (process as RunningApp | undefined) ?? []);
}

/** The rounds in which apps end; those of one round end side by side. */
export function stopRounds<P extends { readonly name: string }>(processes: readonly P[]): P[][] {
  const roundOf = ({ name }: P) => (name === 'api' ? 0 : name === 'notifier' ? 2 : 1);
  return [0, 1, 2].map((round) => processes.filter((process) => roundOf(process) === round));
}

/** Stops everything that belongs to a state directory; returns what was stopped. */
export async function takeDown(
  stateDir: string,
  log: (line: string) => void = () => undefined,
): Promise<readonly Launched[]> {
  const apps = await runningApps(stateDir);
  const stop = async (process: Launched) => {
    await process.stop();
    log(`${process.name}: stopped`);
  };
  for (const round of stopRounds(apps)) await Promise.all(round.map(stop));
  const exports = await endNbdExports(stateDir);
  if (exports > 0) log(`qemu-nbd: ${exports} stopped`);
  const servers = await findStackServers(stateDir);
  for (const server of servers) await stop(server);
  return [...apps, ...servers];
}

/** What every stack makes in its state directory, also one whose start was interrupted. */
const signs = ['stack.json', 'nats', 'postgres', 'image-service'];

/**
 * Removes a stack's state, volumes included, once nothing runs; what lies elsewhere (`--backend-directory`, images of the
 * caller's) stays. Throws when the directory holds no stack: anything might be in it.
 */
export async function purge(stateDir: string): Promise<void> {
  const names = await readdir(stateDir).catch(() => [] as string[]);
  if (!signs.some((sign) => names.includes(sign))) {
    throw new Error(`${stateDir} holds no stack: nothing is removed there`);
  }
  await removeStackData(stateDir);
  await rm(stateDir, { recursive: true, force: true });
}
