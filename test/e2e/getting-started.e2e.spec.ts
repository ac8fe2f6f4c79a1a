// The page for new users, typed word for word.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { purge, takeDown } from '../../tools/dev-stack/src/stack/take-down';
import { debianEnvironment, installDebianPackages } from '../real/debian-packages';
import { type BlockOutcome, outcomes, scriptOf, shellBlocks } from './getting-started.page';
import { root } from './stack';

jest.setTimeout(420_000);

let directory: TemporaryDirectory;
let checkout: string;
let blocks: BlockOutcome[] = [];
let ending = { exit: -1 as number | null, last: '' };

/** A folder that is this checkout to all who look, with a state of its own. */
async function besideThisCheckout(path: string): Promise<string> {
  await mkdir(path);
  for (const name of ['package.json', 'node_modules', 'tools', 'docs'])
    await symlink(join(root, name), join(path, name));
  return path;
}

beforeAll(async () => {
  await installDebianPackages({ packages: ['python3-openstackclient', 'python3-cinderclient', 'qemu-utils', 'curl'] });
  directory = await temporaryDirectory('hearth-page-');
  checkout = await besideThisCheckout(join(directory.path, 'hearth'));
  const commands = await shellBlocks(join(checkout, 'docs/getting-started.md'));
  const script = join(directory.path, 'page.sh');
  await writeFile(script, scriptOf(commands));
  const path = `${debianEnvironment['PATH']}:${dirname(process.execPath)}`;
  const shell = spawn('/bin/bash', [script], {
    cwd: checkout,
    env: { ...debianEnvironment, PATH: path, HOME: directory.path },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  let complaints = '';
  shell.stdout.on('data', (chunk) => (printed += String(chunk)));
  shell.stderr.on('data', (chunk) => (complaints += String(chunk)));
  const [exit] = (await once(shell, 'close')) as [number | null];
  blocks = outcomes(commands, printed);
  ending = { exit, last: exit === 0 ? '' : `${blocks.at(-1)?.commands}\n${blocks.at(-1)?.said}\n${complaints}` };
});

afterAll(async () => {
  const stateDir = join(checkout, '.hearth');
  await takeDown(stateDir);
  await purge(stateDir);
  await directory.remove();
});

/** What the blocks said that hold a command. */
const said = (command: string) =>
  blocks
    .filter(({ commands }) => commands.includes(command))
    .map((block) => block.said)
    .join('\n');

test('every command of the page works', () => {
  expect(ending).toEqual({ exit: 0, last: '' });
  expect(blocks.length).toBeGreaterThan(10);
});

test('the first volume of the image is a miss, the second a hit', () => {
  expect(said('explain first')).toMatch(/outcome +miss[\s\S]*outcome +hit/);
});

test('the volume that grew is reached over NBD with its new size, and what is written to it is read back', () => {
  expect(said('qemu-img info')).toMatch(/image: nbd\+unix:[\s\S]*virtual size: 2 GiB/);
  expect(said('qemu-io')).toMatch(/wrote 4096\/4096[\s\S]*read 4096\/4096[\s\S]*\| second \| in-use/);
});

test('everything that was made is listed, and gone in the end', () => {
  expect(said('openstack volume list')).toMatch(/\| blank +\| available \| +1 /);
  expect(said('--snapshot before')).toMatch(/\| third +\| available/);
  expect(said('stack -- down')).toMatch(/^\s*\n/);
  expect(said('stack -- down')).not.toContain('available');
});
