import { Command, CommanderError } from 'commander';
import { CliError } from './cli.error';
import { addCacheCommands } from './commands/cache.commands';
import { addExplainCommand } from './commands/explain.command';
import { addLogCommands } from './commands/log.commands';
import { addVolumeCommands } from './commands/volume.commands';
import type { CliWorld } from './context';

const examples = `
Examples:
  $ hearth volume create disk1 --size 2 --image debian-12 --wait
  $ hearth explain disk1
  $ hearth cache list --status ready
  $ hearth cache pools --json

The api is found at --url or HEARTH_API_URL, and asked with --token or HEARTH_TOKEN; an api in development mode takes
project:user:role (roles: admin, member, reader).

Exit codes: 0 done, 1 refused or not found, 2 wrong usage, 3 the api cannot be reached or cannot serve just now.`;

/** Runs the tool and returns its exit code. `args` are those behind the program's name. */
export async function runCli(
  args: readonly string[],
  world: CliWorld,
  complain: (line: string) => void,
): Promise<number> {
  const program = new Command('hearth')
    .description('Look at volumes and image-volume caches of Hearth.')
    .option('--url <url>', 'where the api is')
    .option('--token <token>', 'who asks')
    .option('--json', 'print JSON')
    .addHelpText('after', examples)
    .showHelpAfterError('(hearth --help tells more)')
    .configureOutput({ writeOut: (text) => world.print(text.trimEnd()), writeErr: (text) => complain(text.trimEnd()) })
    .exitOverride();
  addVolumeCommands(program, world);
  addExplainCommand(program, world);
  addCacheCommands(program, world);
  addLogCommands(program, world);
  inheritSettings(program);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    return exitCodeOf(error, complain);
  }
}

/** Global options may stand behind a command, too, and every command ends the way the program does. */
function inheritSettings(parent: Command): void {
  for (const command of parent.commands) {
    command.copyInheritedSettings(parent);
    if (command.commands.length === 0) {
      command
        .option('--url <url>', 'where the api is')
        .option('--token <token>', 'who asks')
        .option('--json', 'print JSON');
    }
    inheritSettings(command);
  }
}

function exitCodeOf(error: unknown, complain: (line: string) => void): number {
  // Commander has said already what is wrong with the command line; help is no mistake.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (!(error instanceof CliError)) throw error;
  complain(`hearth: ${error.message}`);
  return error.exitCode;
}
