import { Command, InvalidArgumentError } from 'commander';
import { targetNames, type TargetName } from './targets';

export interface Options {
  readonly minutes: number;
  readonly seed: number;
  /** In turns, where there are several. */
  readonly targets: readonly TargetName[];
  /** Where inputs go that break a promise. */
  readonly directory: string;
  readonly coverage: boolean;
  /** A file to run once, instead of looking for new ones. */
  readonly reproduce: string | undefined;
}

const description = `Feeds the image library with changed files and checks what it promises of every file.
The same seed makes the same inputs, as far as the machine lets it get in its time.

Exit codes: 0 nothing found; 1 a promise was broken: each input that broke one is stored; 2 usage.`;

/** What a command line asks for; prints help, or what is wrong, and exits. */
export function parseOptions(argv: readonly string[], command = new Command()): Options {
  command
    .name('fuzz')
    .description(description)
    .option('--minutes <n>', 'how long, in all', parseMinutes, 1)
    .option('--seed <n>', 'a whole number', parseSeed, 1)
    .option('--target <name>', `${targetNames.join(', ')}; all of them unless told`, parseTarget)
    .option('--directory <path>', 'where inputs go that break a promise', 'dist/fuzz')
    .option('--no-coverage', 'do not look at which code has been run: quicker, and finds less')
    .option('--reproduce <file>', 'runs one file with the target and tells what it does')
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .parse([...argv], { from: 'user' });
  const { target, ...rest } = command.opts<Omit<Options, 'targets'> & { target?: TargetName }>();
  return { ...rest, targets: target ? [target] : targetNames };
}

export function parseMinutes(text: string): number {
  const minutes = Number(text);
  if (text.trim() === '' || !(minutes > 0 && minutes <= 10_000))
    throw new InvalidArgumentError('a number above 0 is wanted.');
  return minutes;
}

export function parseSeed(text: string): number {
  const seed = Number(text);
  if (!/^\d+$/.test(text) || seed >= 2 ** 32) throw new InvalidArgumentError('a whole number below 2^32 is wanted.');
  return seed;
}

function parseTarget(text: string): TargetName {
  const name = targetNames.find((known) => known === text);
  if (!name) throw new InvalidArgumentError(`the targets are ${targetNames.join(', ')}.`);
  return name;
}
