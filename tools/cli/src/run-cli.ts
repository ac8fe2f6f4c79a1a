import { Command, CommanderError } from 'commander';
import { CliError, exitCodesText } from './cli.error';
import { addAdviseCommand } from './commands/advise.command';
import { addCacheCommands } from './commands/cache.commands';
import { addCompletionCommand } from './commands/completion.command';
import { addDoctorCommand } from './commands/doctor.command';
import { addExplainCommand } from './commands/explain.command';
import { addLogCommands } from './commands/log.commands';
import { addVolumeCommands } from './commands/volume.commands';
import type { CliWorld } from './context';
import { withExamples } from './examples';
import { withPlainMoments } from './terminal/moments';

const notes = `
The api is found at --url or HEARTH_API_URL, and asked with --token or HEARTH_TOKEN; an api in development mode takes
project:user:role (roles: admin, member, reader). Without a token the OpenStack settings count: --os-cloud or OS_CLOUD with
clouds.yaml, or OS_AUTH_URL and the other variables OS_* of an openrc.

Exit codes: ${exitCodesText}`;

/** The program with all its commands. */
export function hearthProgram(world: CliWorld): Command {
  const program = new Command('hearth')
    .description('Look at volumes and image-volume caches of Hearth, steer the caches, and find out what is wrong.')
    .addHelpText('after', notes);
  addGlobalOptions(program);
  withExamples(
    program,
    'hearth volume create disk1 --size 2 --image debian-12 --wait',
    'hearth explain disk1',
    'hearth cache list --status ready',
    'hearth cache pools --json',
    'hearth doctor',
  );
  addVolumeCommands(program, world);
  addExplainCommand(program, world);
  addCacheCommands(program, world);
  addDoctorCommand(program, world);
  addAdviseCommand(program, world);
  addLogCommands(program, world);
  addCompletionCommand(program, world);
  return program;
}

/** Runs the tool and returns its exit code. `args` are those behind the program's name. */
export async function runCli(
  args: readonly string[],
  world: CliWorld,
  complain: (line: string) => void,
): Promise<number> {
  const program = hearthProgram(world)
    .showHelpAfterError('(hearth --help tells more)')
    .configureOutput({
      writeOut: (text) => world.print(text.trimEnd()),
      writeErr: (text) => complain(text.trimEnd()),
      ...(world.terminal.columns !== undefined && { getOutHelpWidth: () => world.terminal.columns! }),
    })
    .exitOverride();
  inheritSettings(program);
  try {
    await program.parseAsync([...withPlainMoments(args)], { from: 'user' });
    return 0;
  } catch (error) {
    return exitCodeOf(error, complain);
  }
}

function addGlobalOptions(command: Command): void {
  command
    .option('--url <url>', 'where the api is')
    .option('--token <token>', 'who asks')
    .option('--os-cloud <cloud>', 'the cloud of clouds.yaml')
    .option('--json', 'print JSON');
}

/** Global options may stand behind a command, too, and every command ends the way the program does. */
function inheritSettings(parent: Command): void {
  for (const command of parent.commands) {
    command.copyInheritedSettings(parent);
    if (command.commands.length === 0) addGlobalOptions(command);
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
