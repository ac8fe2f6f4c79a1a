import type { Command } from 'commander';
import { CliError } from '../cli.error';
import { type CliWorld, contextOf } from '../context';
import { examine } from '../doctor/examine';
import type { Finding, Level } from '../doctor/finding';
import { withExamples } from '../examples';
import { oneLine } from '../table';
import { severalTexts } from '../terminal/numbers';

export function addDoctorCommand(program: Command, world: CliWorld): void {
  withExamples(
    program
      .command('doctor')
      .description('what is missing, misconfigured, not durable or away, and what to do')
      .option(
        '--backends <file>',
        'look for options in the wrong place of this file of HEARTH_BACKENDS, too; several times',
        severalTexts,
      )
      .option('--strict', 'fail for warnings and for what cannot be known, too')
      .addHelpText(
        'after',
        '\nExit codes: 0 nothing fails; 1 something does, or, with --strict, is in doubt; 5 the api is away.',
      )
      .action(async (options: { backends?: readonly string[]; strict?: boolean }, command: Command) => {
        const { client, show } = contextOf(command, world);
        const looking = {
          backendFiles: options.backends ?? [],
          variables: world.defaults.variables,
          ourMs: world.now(),
        };
        const findings = await examine(client, looking);
        show(findings, () => findings.map((finding) => findingText(finding, world.terminal.hasColours)).join('\n'));
        const bad = findings.filter(({ level }) => (options.strict ? doubtful : failing).includes(level)).length;
        if (bad > 0) throw new CliError(`${bad} of ${findings.length} findings need somebody`, 1);
      }),
    'hearth doctor',
    'hearth doctor --strict --json',
    'hearth doctor --backends backends.json',
  );
}

const failing: readonly Level[] = ['failing'];
const doubtful: readonly Level[] = ['failing', 'warning', 'unknown'];

/** Colours of a terminal: green, plain, yellow, red. */
const colours: Readonly<Record<Level, number>> = { ok: 32, note: 0, unknown: 33, warning: 33, failing: 31 };

function findingText({ check, level, subject, what, todo }: Finding, hasColours: boolean): string {
  const word = level.padEnd('unknown'.length);
  const shown = hasColours ? `\u001b[${colours[level]}m${word}\u001b[0m` : word;
  const line = `${shown}  ${check.padEnd('durability'.length)}  ${oneLine([subject, what].filter(Boolean).join(': '))}`;
  return todo === null ? line : `${line}\n${' '.repeat(21)}→ ${oneLine(todo)}`;
}
