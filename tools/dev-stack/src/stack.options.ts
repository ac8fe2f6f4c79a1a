import { Command, InvalidArgumentError, Option } from 'commander';
import { resolve } from 'node:path';

/** What a command line of `npm run stack` asks for. */
export type StackOptions =
  | {
      readonly command: 'up';
      readonly stateDir: string;
      readonly backendDirectory?: string;
      readonly imagesDirectory?: string;
      readonly volumeManagers?: number;
      readonly connection?: 'local' | 'nbd';
    }
  | { readonly command: 'status'; readonly stateDir: string; readonly json: boolean }
  | { readonly command: 'down'; readonly stateDir: string; readonly purge: boolean };

interface GivenUp {
  readonly state: string;
  readonly backendDirectory?: string;
  readonly images?: string;
  readonly volumeManagers?: number;
  readonly connection?: 'local' | 'nbd';
}

const epilogue = `
NATS, PostgreSQL and the image service are started only where HEARTH_NATS_URL, HEARTH_DATABASE_URL and
HEARTH_GLANCE_URL name none. Ports that are taken are avoided, and kept over restarts.

Exit codes: 0 done (status: all is well); 1 it failed (status: something is not well, or there is no stack);
2 usage; 130 interrupted.`;

/** Reads a command line. Prints help and exits when asked, or when it cannot be understood. */
export function parseStackOptions(
  argv: readonly string[],
  defaults: { readonly stateDirectory: string },
  program = new Command(),
): StackOptions {
  let chosen: StackOptions | undefined;
  const state = () =>
    new Option('--state <directory>', 'where everything is kept (or HEARTH_STATE_DIRECTORY)').default(
      defaults.stateDirectory,
    );
  program
    .name('stack')
    .description('The whole of Hearth on this machine: the servers it needs and its five apps, as processes.')
    .addHelpText('after', epilogue)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .configureOutput({ outputError: (text, write) => write(`stack: ${text}`) });
  program
    .command('up')
    .description('start what does not run yet; a second time it finds what runs')
    .addOption(state())
    .option('--backend-directory <directory>', 'where the volumes lie (default: below the state)')
    .option('--images <directory>', 'the image files to serve (default: below the state)')
    .addOption(new Option('--volume-managers <number>', 'hosts with storage of their own').argParser(parseCount))
    .addOption(
      new Option('--connection <how>', 'how attached volumes are reached: the path of a file, or a URI of NBD').choices(
        ['local', 'nbd'],
      ),
    )
    .action((given: GivenUp) => {
      chosen = {
        command: 'up',
        stateDir: resolve(given.state),
        backendDirectory: given.backendDirectory && resolve(given.backendDirectory),
        imagesDirectory: given.images && resolve(given.images),
        volumeManagers: given.volumeManagers,
        connection: given.connection,
      };
    });
  program
    .command('status')
    .description('every process with its memory, address and health')
    .addOption(state())
    .option('--json', 'for machines', false)
    .action((given: { state: string; json: boolean }) => {
      chosen = { command: 'status', stateDir: resolve(given.state), json: given.json };
    });
  program
    .command('down')
    .description('stop everything, in order; the data stays')
    .addOption(state())
    .option('--purge', 'remove the state too: the log, the tables, the volumes', false)
    .action((given: { state: string; purge: boolean }) => {
      chosen = { command: 'down', stateDir: resolve(given.state), purge: given.purge };
    });
  program.parse([...argv], { from: 'user' });
  if (!chosen) return program.error('say what to do: up, status or down', { exitCode: 2 });
  return chosen;
}

function parseCount(text: string): number {
  if (!/^[1-9]\d?$/.test(text)) throw new InvalidArgumentError('a number from 1 to 99.');
  return Number(text);
}
