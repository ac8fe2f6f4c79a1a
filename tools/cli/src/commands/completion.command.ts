import type { Command } from 'commander';
import type { CliWorld } from '../context';
import { withExamples } from '../examples';
import { completionScript } from '../terminal/completion';

export function addCompletionCommand(program: Command, world: CliWorld): void {
  withExamples(
    program
      .command('completion')
      .description('print what makes bash complete commands and options')
      .action(() => world.print(completionScript(program))),
    'hearth completion > ~/.local/share/bash-completion/completions/hearth',
  );
}
