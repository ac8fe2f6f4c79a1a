import type { Command } from 'commander';

const known = new WeakMap<Command, readonly string[]>();

/** Shows command lines below a command's help, and keeps them for the reference. */
export function withExamples(command: Command, ...lines: readonly string[]): Command {
  known.set(command, lines);
  const title = lines.length > 1 ? 'Examples' : 'Example';
  return command.addHelpText('after', `\n${title}:\n${lines.map((line) => `  $ ${line}`).join('\n')}\n`);
}

export const examplesOf = (command: Command): readonly string[] => known.get(command) ?? [];
