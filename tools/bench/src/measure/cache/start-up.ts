import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { appsDirectory } from '../../../../dev-stack/src/stack/app-process';
import { runningApps } from '../../../../dev-stack/src/stack/take-down';
import type { BenchStack } from '../../bench-stack';
import type { Figure } from '../../figures';
import { cpuTimes } from '../cpu-time';

/** The most memory that the apps have had since they began to fold the past, by the names of their processes. */
export async function catchUpFigures(stack: BenchStack, note: string): Promise<Figure[]> {
  const apps = (await runningApps(stack.stateDir)).sort((one, other) => (one.name < other.name ? -1 : 1));
  return Promise.all(
    apps.map(async ({ name, pid }) => ({
      ...{ name: `${name}, most resident while it caught up`, value: await mostResidentMib(pid), unit: 'MiB', note },
    })),
  );
}

/** Ends a host in order and starts it again, which folds its pools from their snapshots. */
export async function startUpFigures(
  stack: BenchStack,
  { app, restart, note }: { readonly app: string; readonly restart: () => Promise<void>; readonly note: string },
): Promise<Figure[]> {
  const find = async () => {
    const found = (await runningApps(stack.stateDir)).find(({ name }) => name === app);
    if (!found) throw new Error(`the ${app} does not run`);
    return found;
  };
  await (await find()).stop();
  await restart();
  const { pid } = await find();
  const value = (await cpuTimes(stack)).get(app)!;
  const startMs = await startMsOf(join(appsDirectory(stack.stateDir), `${app}.log`));
  const name = 'volume-manager, most resident since its start';
  return [
    { name: 'volume-manager, start to ready', value: startMs, unit: 'ms', goal: { atMost: 2_000 }, note },
    { name: 'volume-manager, start to ready, processor time', value, unit: 'ms', note },
    { name, value: await mostResidentMib(pid), unit: 'MiB', goal: { atMost: 200 }, note },
  ];
}

async function mostResidentMib(pid: number): Promise<number> {
  const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) / 1024;
}

/** From the beginning of the process until it said that it is ready: its own last word on it. */
async function startMsOf(logFile: string): Promise<number> {
  const lines = (await readFile(logFile, 'utf8')).split('\n').filter((line) => line.includes('"startMs"'));
  const { startMs } = JSON.parse(lines.at(-1) ?? '{}') as { startMs?: number };
  if (startMs === undefined) throw new Error(`${logFile} does not say when the process was ready`);
  return startMs;
}
