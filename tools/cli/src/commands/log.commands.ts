import { Command, Option } from 'commander';
import { hostname, userInfo } from 'node:os';
import { CliError } from '../cli.error';
import { type CliWorld, contextOf } from '../context';
import { withExamples } from '../examples';

interface Places {
  readonly databaseUrl?: string;
  readonly natsUrl?: string;
}

interface ReconcileOptions extends Places {
  readonly yes?: boolean;
  readonly by?: string;
  readonly note?: string;
}

/** Kept with a decision; PostgreSQL holds no NUL. */
const noteLengthMax = 1_000;

export function addLogCommands(program: Command, world: CliWorld): void {
  const log = program
    .command('log')
    .description('the log of facts itself: these commands reach NATS and PostgreSQL without the api');
  const verify = withPlaces(log.command('verify'))
    .description('read the whole log and compare its hash with that of the tables')
    .addHelpText(
      'after',
      '\nExit codes: 0 the same, 1 another log or a shorter one, 5 NATS or PostgreSQL cannot be reached.',
    )
    .action(async (options: Places, command: Command) => {
      const { show } = contextOf(command, world);
      const { verifyWholeLog, verifiedText } = await import('../log/verify-log');
      const verified = await verifyWholeLog(placesOf(options, world), { isShown: !isJson(command) });
      show(verified, () => verifiedText(verified));
      if (!verified.isSame) throw new CliError('the log is not the one that the tables were made from', 1);
    });
  const reconcile = withPlaces(log.command('reconcile'))
    .description('after a loss: show what the log lacks, and take it as it is')
    .addOption(new Option('--dry-run', 'show, and change nothing; so it is without --yes').conflicts('yes'))
    .option('--yes', 'accept the log as it is')
    .option('--by <name>', 'who decides, kept with the decision (default: the user and host)')
    .option('--note <text>', 'why, kept with the decision')
    .addHelpText(
      'after',
      '\nExit codes: 0 accepted, or nothing is lacking; 1 something is lacking and was not accepted;' +
        ' 5 NATS or PostgreSQL cannot be reached.',
    )
    .action(async (options: ReconcileOptions, command: Command) => {
      const { show } = contextOf(command, world);
      const decision = options.yes ? { by: deciderOf(options), note: checked('--note', options.note) } : undefined;
      const { reconcileLog, reconciledText } = await import('../log/reconcile-log');
      const report = await reconcileLog(placesOf(options, world), { decision, isShown: !isJson(command) });
      show(report, () => reconciledText(report));
      if (report.loss && !report.accepted) throw new CliError('the log was not accepted', 1);
    });
  withExamples(verify, 'hearth log verify');
  withExamples(reconcile, 'hearth log reconcile --dry-run', 'hearth log reconcile --yes --note "power loss in room 2"');
}

const withPlaces = (command: Command) =>
  command
    .option('--database-url <url>', 'PostgreSQL of the tables (default: HEARTH_DATABASE_URL)')
    .option('--nats-url <urls>', 'servers of the log, separated by commas (default: HEARTH_NATS_URL)');

const placesOf = ({ databaseUrl, natsUrl }: Places, { defaults }: CliWorld) => ({
  databaseUrl: databaseUrl ?? defaults.log.databaseUrl,
  natsUrl: natsUrl ?? defaults.log.natsUrl,
  nkeySeed: defaults.log.nkeySeed(),
});

const isJson = (command: Command) => command.optsWithGlobals<{ json?: boolean }>().json === true;

const deciderOf = ({ by }: ReconcileOptions): string => checked('--by', by) ?? `${userInfo().username}@${hostname()}`;

function checked(option: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (text.trim() === '' || text.length > noteLengthMax || text.includes('\0'))
    throw new CliError(`${option} holds 1 to ${noteLengthMax} characters`, 2);
  return text;
}
