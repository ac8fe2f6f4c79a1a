import type { TraceShape } from '@hearth/cache-advisor/testing';
import { Command, InvalidArgumentError } from 'commander';

/** What docs/eviction-policies.md shows. */
export const documentedShape: TraceShape = { seed: 1, requests: 20_000, images: 500, days: 30 };

const description = `Prints what each eviction policy would serve of generated traces, as a table in Markdown:
  node tools/run.mjs compare-policies/src/main.ts
  node tools/run.mjs compare-policies/src/main.ts --requests 1000000 --images 10000 --seed 7

Without options it is the table of docs/eviction-policies.md. Exit codes: 0 printed; 2 usage.`;

/** What a command line asks for; prints help, or what is wrong, and exits. */
export function parseOptions(argv: readonly string[], command = new Command()): TraceShape {
  const { seed, requests, images, days } = documentedShape;
  command
    .name('compare-policies')
    .description(description)
    .option('--seed <number>', 'equal seeds make equal traces', wholeNumber, seed)
    .option('--requests <number>', 'in each trace', wholeNumber, requests)
    .option('--images <number>', 'that they are for', wholeNumber, images)
    .option('--days <number>', 'that they take', wholeNumber, days)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .parse([...argv], { from: 'user' });
  return command.opts<TraceShape>();
}

const most = 10_000_000;

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > most)
    throw new InvalidArgumentError(`it must be a whole number from 1 to ${most}.`);
  return value;
}
