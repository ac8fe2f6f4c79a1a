import type { Command } from 'commander';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { examplesOf } from './examples';
import { hearthProgram } from './run-cli';
import { runHearth, worldOf } from './testing/run-hearth';

const run = promisify(execFile);

/** Every command that does something, with its path. */
function leaves(command: Command, path: readonly string[] = []): readonly (readonly [string, Command])[] {
  if (command.commands.length === 0) return [[path.join(' '), command]];
  return command.commands.flatMap((child) => leaves(child, [...path, child.name()]));
}
const commands = leaves(hearthProgram(worldOf()));

test.each(commands)('hearth %s says what it does, with examples that call it', (path, command) => {
  expect(command.description()).toMatch(/^[a-z].*[^.]$/);
  const examples = examplesOf(command);
  expect(examples.length).toBeGreaterThan(0);
  const isDefault = path === 'cache policies list' ? 'hearth cache policies' : `hearth ${path}`;
  for (const example of examples) expect(example).toContain(isDefault);
});

test.each(commands)('hearth %s --help shows them, and is no error', async (path, command) => {
  const { code, out } = await runHearth(undefined, [...path.split(' '), '--help']);
  expect(code).toBe(0);
  for (const example of examplesOf(command)) expect(out).toContain(`  $ ${example}`);
});

test('help of the program tells the exit codes', async () => {
  expect((await runHearth(undefined, ['--help'])).out).toMatch(
    /0 done; 1 failed.*; 2 wrong usage.*; 3 not found; 4 refused; 5 away/s,
  );
});

describe('completions of bash', () => {
  async function completed(...words: string[]): Promise<readonly string[]> {
    const { out } = await runHearth(undefined, ['completion']);
    const quoted = words.map((word) => `'${word}'`).join(' ');
    const script = `${out}\nCOMP_WORDS=(${quoted}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _hearth; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await run('bash', ['-c', script]);
    return stdout.trim().split('\n');
  }

  test('name commands, those of a command, and options', async () => {
    expect(await completed('hearth', 'ca')).toEqual(['cache']);
    expect(await completed('hearth', 'cache', 'pre')).toEqual(['prefetch', 'prefetches']);
    expect(await completed('hearth', 'cache', 'policies', 'cr')).toEqual(['create']);
    expect(await completed('hearth', '--json', 'cache', 'clear', '--d')).toEqual(['--dry-run']);
  });
});
