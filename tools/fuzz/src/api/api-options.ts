import { Command } from 'commander';
import { parseMinutes, parseSeed } from '../options';

export interface ApiFuzzOptions {
  readonly minutes: number;
  readonly seed: number;
  /** Where requests go that break a promise. */
  readonly directory: string;
  /** A file to send once, instead of making requests. */
  readonly reproduce?: string;
}

const description = `Asks an api of its own, with a real log and a real database, for whatever the route table has, well and badly
made, and checks what it promises of every answer: never a 5xx, never what belongs to another project, always
Cinder's form of an error, and a process that lives in bounded memory.

Exit codes: 0 nothing found; 1 a promise was broken: each request that broke one is stored; 2 usage.`;

/** What a command line asks for; prints help, or what is wrong, and exits. */
export function parseApiOptions(argv: readonly string[], command = new Command()): ApiFuzzOptions {
  command
    .name('fuzz api')
    .description(description)
    .option('--minutes <n>', 'how long', parseMinutes, 1)
    .option('--seed <n>', 'a whole number', parseSeed, 1)
    .option('--directory <path>', 'where requests go that break a promise', 'dist/fuzz')
    .option('--reproduce <file>', 'sends one request and tells what is answered')
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .parse([...argv], { from: 'user' });
  return command.opts<ApiFuzzOptions>();
}
