import type { Argument, Command, Option } from 'commander';
import { exitCodes } from '../../cli/src/cli.error';
import type { CliWorld } from '../../cli/src/context';
import { examplesOf } from '../../cli/src/examples';
import { hearthProgram } from '../../cli/src/run-cli';

/** Nothing is run: only what the commands say of themselves is read. */
const nowhere: CliWorld = {
  defaults: {
    ...{ url: undefined, token: undefined, openstack: {}, variables: [], cloudsFiles: [], secureFiles: [] },
    log: { databaseUrl: undefined, natsUrl: undefined, nkeySeed: () => undefined },
  },
  print: () => undefined,
  pause: async () => undefined,
  now: () => 0,
  terminal: { columns: undefined, hasColours: false },
  errors: undefined,
};

/** docs/reference/cli.md: every command with its arguments, options and examples. */
export function cliReference(): string {
  const program = hearthProgram(nowhere);
  return [
    '# The hearth command',
    '',
    `${sentence(program.description())} How it is used: [the cache from the command line](../how-to/cache-cli.md).`,
    'This page is generated from the commands themselves: `npm run generate`.',
    '',
    'Behind every command these may stand, too:',
    '',
    ...optionTable(program.options),
    '| exit code | means |',
    '|---|---|',
    '| 0 | done |',
    ...Object.entries(exitCodes).map(([code, meaning]) => `| ${code} | ${cell(meaning)} |`),
    '',
    ...program.commands.flatMap((command) => commandLines(command, program.name())),
  ].join('\n');
}

function commandLines(command: Command, parent: string): readonly string[] {
  const path = `${parent} ${command.name()}`;
  if (command.commands.length > 0) return command.commands.flatMap((child) => commandLines(child, path));
  const usage = [path, ...command.registeredArguments.map(argumentText)].join(' ');
  return [
    `## ${path}`,
    '',
    sentence(command.description()),
    '',
    '```',
    ...[`${usage}${command.options.length > 0 ? ' [options]' : ''}`],
    '```',
    '',
    ...argumentList(command.registeredArguments),
    ...(command.options.length > 0 ? optionTable(command.options) : []),
    '```shell',
    ...examplesOf(command),
    '```',
    '',
  ];
}

function argumentText(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

function argumentList(all: readonly Argument[]): readonly string[] {
  const lines = all.flatMap((argument) =>
    argument.description === '' ? [] : [`- ${code(argumentText(argument))}: ${argument.description}`],
  );
  return lines.length === 0 ? [] : [...lines, ''];
}

function optionTable(options: readonly Option[]): readonly string[] {
  return [
    '| option | does |',
    '|---|---|',
    ...options.map((option) => `| ${code(option.flags)} | ${cell(descriptionOf(option))} |`),
    '',
  ];
}

function descriptionOf({ description, argChoices, mandatory, defaultValue }: Option): string {
  return [
    description,
    ...(argChoices ? [`one of ${argChoices.join(', ')}`] : []),
    ...(mandatory ? ['**required**'] : []),
    ...(typeof defaultValue === 'number' ? [`${defaultValue} unless told`] : []),
  ].join('; ');
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`;
const code = (text: string) => `\`${text}\``;
const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
