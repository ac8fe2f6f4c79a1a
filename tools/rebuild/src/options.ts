import { Command } from 'commander';
import type { Environment } from './config';

export interface Options {
  readonly databaseUrl: string;
  /** One or more, separated by commas in the text. */
  readonly natsUrls: readonly string[];
  /** Of the user at NATS; from the environment alone, for command lines are seen by all. */
  readonly nkeySeed: string | undefined;
  readonly compareOnly: boolean;
  /** Swap even if the live tables differ. */
  readonly yes: boolean;
  readonly json: boolean;
}

const description = `Builds the tables that come from facts anew from the log, beside the live ones; compares them row by row;
swaps them in. The apps may run. Tables that differ are swapped in only with --yes.

Exit codes: 0 the live tables were what the log leads to; 1 they differ; 2 the rebuild did not come to an end.`;

/** What a command line asks for. Throws `commander`'s errors, or one that names a setting that is missing. */
export function parseOptions(argv: readonly string[], environment: Environment, command = new Command()): Options {
  command
    .name('rebuild')
    .description(description)
    .option(
      '--database-url <url>',
      'PostgreSQL of the read model (default: HEARTH_DATABASE_URL)',
      environment.databaseUrl,
    )
    .option(
      '--nats-url <urls>',
      'servers of the log, separated by commas (default: HEARTH_NATS_URL)',
      environment.natsUrl,
    )
    .option('--compare-only', 'compare, and leave the live tables as they are', false)
    .option('--yes', 'swap the new tables in even if the live ones differ', false)
    .option('--json', 'print the report as JSON, and no progress', false)
    .parse([...argv], { from: 'user' });
  const given = command.opts<
    { databaseUrl?: string; natsUrl?: string } & Pick<Options, 'compareOnly' | 'yes' | 'json'>
  >();
  const natsUrl = required(given.natsUrl, '--nats-url', 'HEARTH_NATS_URL');
  return {
    databaseUrl: required(given.databaseUrl, '--database-url', 'HEARTH_DATABASE_URL'),
    natsUrls: natsUrl.split(',').map((url) => url.trim()),
    nkeySeed: environment.nkeySeed,
    compareOnly: given.compareOnly,
    yes: given.yes,
    json: given.json,
  };
}

function required(value: string | undefined, option: string, variable: string): string {
  if (value) return value;
  throw new Error(`${option} is missing: give it, or set ${variable}`);
}
