import type { Outcome } from './clients';
import { type Step, type Subject, wordsOf } from './step';
import type { World } from './world';

/** Registers a test for each step, in order; a step may need what those before it made. */
export function describeSubject({ title, microversion, steps }: Subject, world: () => World): void {
  describe(title, () => {
    for (const step of steps) {
      test(nameOf(step), () => take({ microversion, ...step }, world()), 120_000);
    }
  });
}

function nameOf({ who, program, command, microversion, fails }: Step): string {
  const version = microversion === undefined ? '' : ` [${microversion}]`;
  return `${who}: ${program} ${command}${version}${fails ? ' is refused' : ''}`;
}

async function take(step: Step, world: World): Promise<void> {
  const { program, says, notes, prints } = step;
  const readsJson = program === 'openstack' && (says !== undefined || notes !== undefined);
  const argv = [...wordsOf(step.command).map((word) => world.spelled(word)), ...(readsJson ? ['-f', 'json'] : [])];
  const outcome = await world.clients.run({ program, argv, env: environment(step, world) });
  lookAtEnd(outcome, step);
  if (prints) expect(outcome.stdout).toMatch(prints);
  if (readsJson) lookAt(outcome, step, world);
  await step.then?.(world);
}

function environment({ who, microversion = 'default' }: Step, world: World): Record<string, string> {
  const openrc = world.environmentOf(who);
  return microversion === 'default' ? openrc : { ...openrc, OS_VOLUME_API_VERSION: microversion };
}

/** A text, so that a mismatch shows what the client said. */
function lookAtEnd({ exit, stderr }: Outcome, { fails, warns = /^/ }: Step): void {
  if (fails || exit !== 0) expect(`exit ${exit}: ${stderr}`).toMatch(fails ? /^exit 1: / : /^exit 0: /);
  expect(stderr).toMatch(fails ?? warns);
  expect(stderr).not.toContain('Traceback');
}

function lookAt({ stdout }: Outcome, { says, notes = {} }: Step, world: World): void {
  const said: unknown = JSON.parse(stdout);
  for (const [name, key] of Object.entries(notes)) {
    const value = (said as Record<string, unknown>)[key];
    if (typeof value !== 'string') throw new Error(`the command was to print ${key}, for {${name}}: ${stdout}`);
    world.names.set(name, value);
  }
  if (says === undefined) return;
  if (Array.isArray(says) || 'asymmetricMatch' in says) expect(said).toEqual(says);
  else expect(said).toMatchObject(says);
}
