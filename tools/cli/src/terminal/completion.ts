import type { Command } from 'commander';

/** A script for bash that completes the commands and options of a program. */
export function completionScript(program: Command): string {
  const cases = wordsByCommand(program, '').map(([path, words]) => `    '${path}') words='${words.join(' ')}' ;;`);
  const name = program.name();
  return [
    `_${name}() {`,
    '  local path="" word words=""',
    `  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do`,
    '    case "$path $word" in',
    `      ${wordsByCommand(program, '')
      .flatMap(([path]) => (path === '' ? [] : [`' ${path}'`]))
      .join('|')}) path="$path $word" ;;`,
    '    esac',
    '  done',
    `  case "\${path# }" in`,
    ...cases,
    '  esac',
    `  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))`,
    '}',
    `complete -o default -F _${name} ${name}`,
  ].join('\n');
}

/** Commands by their path behind the program's name, and what may follow each. */
function wordsByCommand(command: Command, path: string): readonly (readonly [string, readonly string[]])[] {
  const own = [
    ...command.commands.map((child) => child.name()),
    ...command.options.map(({ long }) => long).filter((long) => long !== undefined),
  ];
  const children = command.commands.flatMap((child) => wordsByCommand(child, `${path} ${child.name()}`.trim()));
  return [[path, [...own, '--help']], ...children];
}
