import { Command, InvalidArgumentError, Option } from 'commander';
import { type EvictionPolicy, evictionPolicies } from '@hearth/contracts';
import { resolve } from 'node:path';
import { dayMs } from './day/write-day';

export interface Options {
  /** Where the stack's state is to be; nothing may be there yet. */
  readonly stateDir: string;
  /** Milliseconds since 1970 at which the day begins. */
  readonly startMs: number;
  readonly seed: number;
  readonly creates: number;
  readonly images: number;
  readonly sizeGib: number;
  readonly policy: EvictionPolicy;
}

const description = `Makes a stack whose log holds a day of creates, with the times of that day, for a look at what the cache commands say:
  node tools/run.mjs day-of-load/src/main.ts --state .hearth/a-day
  source .hearth/a-day/openrc && npx hearth cache at '2026-01-02 11:30'
  npm run stack -- down --state .hearth/a-day --purge

The creates are played through the rules of the cache, which decide what is a hit, what is filled and what goes; no image and no volume
is made. The janitor of that stack asks after no image, and compares no pool with its backend: it would find nothing of it there.

Exit codes: 0 it is up; 1 failed; 2 usage; 130 interrupted.`;

/** What a command line asks for; prints help, or what is wrong, and exits. `nowMs` is the present, milliseconds since 1970. */
export function parseOptions(argv: readonly string[], nowMs: number, command = new Command()): Options {
  const yesterday = new Date(Math.floor(nowMs / dayMs) * dayMs - dayMs);
  command
    .name('day-of-load')
    .description(description)
    .requiredOption('--state <directory>', 'where the stack is to be made; it must be new')
    .addOption(
      new Option('--day <date>', 'a day that is over, in UTC')
        .default(yesterday, yesterday.toISOString().slice(0, 10))
        .argParser((text) => pastDay(text, nowMs)),
    )
    .option('--seed <number>', 'equal seeds make equal days', wholeNumber, 1)
    .option('--creates <number>', 'volumes that are asked for', wholeNumber, 4_000)
    .option('--images <number>', 'images that are asked for all day long', wholeNumber, 60)
    .option('--size <GiB>', 'limit of the cache', wholeNumber, 500)
    .addOption(new Option('--policy <name>', 'which copies go first').choices([...evictionPolicies]).default('lru'))
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .configureOutput({ outputError: (text, write) => write(`day-of-load: ${text}`) })
    .parse([...argv], { from: 'user' });
  const { state, day, size, ...given } = command.opts<
    Omit<Options, 'stateDir' | 'startMs' | 'sizeGib'> & { state: string; day: Date; size: number }
  >();
  return { ...given, stateDir: resolve(state), startMs: day.getTime(), sizeGib: size };
}

function pastDay(text: string, nowMs: number): Date {
  const day = new Date(`${text}T00:00:00Z`);
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(text) && day.getTime() > 0 && day.toISOString().startsWith(text);
  if (!isDate) throw new InvalidArgumentError('it must be a date such as 2026-01-02.');
  if (day.getTime() + dayMs > nowMs) throw new InvalidArgumentError('the day must be over.');
  return day;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 1_000_000)
    throw new InvalidArgumentError('it must be a whole number from 1 to 1000000.');
  return value;
}
