import { Command, InvalidArgumentError } from 'commander';

export interface Options {
  readonly histories: number;
  readonly seed: number;
  /** Histories that break a promise, after which it stops. */
  readonly failures: number;
  /** Where they go. */
  readonly directory: string;
  /** A stored history to live through once more, with all that is logged. */
  readonly replay: string | undefined;
}

const description = `Lives through random histories of the whole system in memory, and checks what it promises
after every commit and at rest.
History n is made of seed n and goes the same way every time; what breaks a promise is shortened, stored and shown.

Exit codes: 0 all promises held; 1 one was broken; 2 usage.`;

/** What a command line asks for; prints help, or what is wrong, and exits. */
export function parseOptions(argv: readonly string[], command = new Command()): Options {
  return command
    .name('simulate')
    .description(description)
    .option('--histories <n>', 'how many', wholeFrom(1), 1_000)
    .option('--seed <n>', 'of the first; the next ones follow', wholeFrom(0), 1)
    .option('--failures <n>', 'stop after so many that break a promise', wholeFrom(1), 1)
    .option('--directory <path>', 'where those go', 'dist/simulate')
    .option('--replay <file>', 'live through a stored history, and show all that is logged')
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .parse([...argv], { from: 'user' })
    .opts<Options>();
}

function wholeFrom(least: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= least && number < 2 ** 32) return number;
    throw new InvalidArgumentError(`a whole number from ${least} to below 2^32 is wanted.`);
  };
}
