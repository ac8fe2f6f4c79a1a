// Processor time of the stack's processes, which does not change with what else the machine does: what an operation costs each.
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '@hearth/testing';
import { stackStatus } from '../../../dev-stack/src/stack/stack-status';
import type { BenchStack } from '../bench-stack';
import type { Figure } from '../figures';

/** Milliseconds that each process has had so far, by its name; with those of the processes that it started. */
export type CpuTimes = ReadonlyMap<string, number>;

/** The kernel counts in hundredths of a second, whatever its own clock does. */
const tickMs = 10;

/** What every process of the stack has had by now. */
export async function cpuTimes({ stateDir }: Pick<BenchStack, 'stateDir'>): Promise<CpuTimes> {
  const running = ((await stackStatus(stateDir)) ?? []).filter(({ pid }) => pid !== null);
  const all = await allProcesses();
  return new Map(running.map(({ name, pid }) => [name, msOf(pid!, all)]));
}

/** What an operation cost each process, in milliseconds of processor time. */
export type Costs = CpuTimes;

/** Does work that consists of so many operations, and tells what each of them cost. */
export async function costed<Result>(
  stack: Pick<BenchStack, 'stateDir'>,
  operations: number,
  work: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly costs: Costs }> {
  const before = await cpuTimes(stack);
  const result = await work();
  const after = await cpuTimes(stack);
  const costs = [...after].map(([name, ms]) => [name, (ms - (before.get(name) ?? 0)) / operations] as const);
  return { result, costs: new Map(costs) };
}

/** What an operation cost all processes together; the note says which had what, the most expensive first. */
export function costFigure(name: string, costs: Costs): Figure {
  const shown = [...costs].filter(([, ms]) => ms >= 0.005).sort(([, one], [, other]) => other - one);
  return {
    name: `${name}, processor time`,
    value: [...costs.values()].reduce((sum, ms) => sum + ms, 0),
    unit: 'ms',
    note: shown.map(([process, ms]) => `${process} ${ms.toFixed(2)}`).join(', '),
  };
}

/** Waits until the processes do next to nothing: what went before is not to be among the next costs. A quarter of an hour unless told. */
export async function untilQuiet(stack: Pick<BenchStack, 'stateDir'>, timeoutMs = 900_000): Promise<void> {
  const isQuiet = async () => {
    const { costs } = await costed(stack, 1, () => delay(1_000));
    return [...costs.values()].reduce((sum, ms) => sum + ms, 0) < quietMs;
  };
  await eventually(isQuiet, { timeoutMs, what: 'the processes of the stack at rest' });
}

/** In a second, of all processes; at rest they look at their clocks and at each other's. */
const quietMs = 250;

interface ProcessTimes {
  readonly parent: number;
  readonly ms: number;
}

/** A process may end while we look at it. */
async function allProcesses(): Promise<ReadonlyMap<number, ProcessTimes>> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => [pid, readTimes(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''))] as const),
  );
  return new Map(found.flatMap(([pid, times]) => (times ? [[pid, times] as const] : [])));
}

/** Of a line of /proc/PID/stat: the parent, and the time of the process and of its children that have ended. */
export function readTimes(line: string): ProcessTimes | undefined {
  // The name is in brackets and may hold anything.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const [parent, ...times] = [1, 11, 12, 13, 14].map((index) => Number(fields[index]));
  if (parent === undefined || Number.isNaN(parent)) return undefined;
  return { parent, ms: times.reduce((sum, ticks) => sum + ticks, 0) * tickMs };
}

function msOf(pid: number, all: ReadonlyMap<number, ProcessTimes>): number {
  let ms = all.get(pid)?.ms ?? 0;
  for (const [child, { parent }] of all) if (parent === pid) ms += msOf(child, all);
  return ms;
}
