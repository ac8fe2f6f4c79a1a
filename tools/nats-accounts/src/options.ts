import { Command, InvalidArgumentError } from 'commander';
import { resolve } from 'node:path';
import type { MakeAccountsOptions } from './make-accounts';
import { type HostPools, parseHost } from './users';

/** What a command line asks for. */
export type Options = ({ readonly command: 'make' | 'keep' } & MakeAccountsOptions) | { readonly command: 'streams' };

const description = `Users of NATS with permissions: a key for each app, each host and whoever listens from outside, and the
configuration of nats-server that knows them.`;

const epilogue = `
nats-server reads the configuration where its own has  include "PATH/server/users.conf"  (PATH counts from its own file's folder), and
reads it again on SIGHUP. An app is given its seed by HEARTH_NATS_NKEY_SEED_FILE=<directory>/<user>/nkey.seed.

Exit codes: 0 done; 1 it failed; 2 usage.`;

/** Reads a command line. Prints help, or what is wrong, and exits. */
export function parseOptions(argv: readonly string[], program = new Command()): Options {
  let chosen: Options | undefined;
  const collect = (text: string, before: readonly string[]): string[] => [...before, text];
  program
    .name('nats-accounts')
    .description(description)
    .addHelpText('after', epilogue)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));
  const ofAccounts = (command: 'make' | 'keep', does: string) =>
    program
      .command(command)
      .description(does)
      .requiredOption('--directory <directory>', 'where seeds and configuration are kept')
      .option('--host <host=backend#pool,…>', 'a volume-manager and its pools; once for each host', collectHosts, [])
      .option('--subscriber <name>', 'somebody outside who reads events, also those it missed', collect, [])
      .option('--listener <name>', 'somebody outside who hears events, and can send nothing', collect, [])
      .option(
        '--rotate <user>',
        'give this user a new key; its old one is refused once the server has read this',
        collect,
        [],
      )
      .action((given: GivenAccounts) => {
        const { host: hosts, subscriber: subscribers, listener: listeners, rotate } = given;
        chosen = { command, directory: resolve(given.directory), hosts, subscribers, listeners, rotate };
      });
  ofAccounts('make', 'make the keys that are missing, and write the configuration; a second run changes nothing');
  ofAccounts('keep', 'the same, then make the streams at HEARTH_NATS_URL once it answers, and stay until told to end');
  program
    .command('streams')
    .description(
      'make the streams and buckets that are missing at HEARTH_NATS_URL, as the user of HEARTH_NATS_NKEY_SEED_FILE',
    )
    .action(() => {
      chosen = { command: 'streams' };
    });
  program.parse([...argv], { from: 'user' });
  if (!chosen) return program.error('say what to do: make, keep or streams', { exitCode: 2 });
  return chosen;
}

interface GivenAccounts {
  readonly directory: string;
  readonly host: readonly HostPools[];
  readonly subscriber: readonly string[];
  readonly listener: readonly string[];
  readonly rotate: readonly string[];
}

function collectHosts(text: string, before: readonly HostPools[]): HostPools[] {
  try {
    return [...before, parseHost(text)];
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}
