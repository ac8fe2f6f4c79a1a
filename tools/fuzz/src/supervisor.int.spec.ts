import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { parseOptions } from './options';
import { supervise } from './supervisor';

jest.setTimeout(120_000);

const run = promisify(execFile);
const root = join(__dirname, '../../..');

let directory: TemporaryDirectory;
beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(() => directory.remove());

test('a session runs through all targets, measures what was run, and finds nothing', async () => {
  const { stdout } = await run(
    process.execPath,
    ['tools/run.mjs', 'fuzz/src/main.ts', '--minutes', '0.05', '--seed', '7'],
    {
      cwd: root,
    },
  );
  expect(stdout).toMatch(/^seed 7, 0.05 minutes, targets inspector, decoder, reader, unpack$/m);
  for (const target of ['inspector', 'decoder', 'reader', 'unpack']) {
    expect(stdout).toMatch(new RegExp(`^${target}: \\d+ inputs, .*, 0 failed$`, 'm'));
  }
  expect(stdout).toMatch(/^coverage: \d+\.\d % of \d+ files$/m);
  expect(stdout).not.toContain('FAILED');
});

test('the input that ends the thread is stored, and makes the run fail', async () => {
  const bundle = join(directory.path, 'thread.cjs');
  await writeFile(
    bundle,
    `const { workerData: { shared } } = require('node:worker_threads');
     new Uint8Array(shared.bytes).set([1, 2, 3]);
     new Int32Array(shared.state).set([1, 3, 1]);
     throw new RangeError('this input');`,
  );
  const found = join(directory.path, 'found');
  const printed = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  expect(await supervise(parseOptions(['--directory', found]), bundle)).toBe(1);
  expect(printed.mock.calls.join('')).toContain('FAILED decoder: ends the thread: this input');
  printed.mockRestore();
  const names = await readdir(found);
  expect(names).toEqual([expect.stringMatching(/^decoder-[0-9a-f]{8}\.bin$/)]);
  expect(await readFile(join(found, names[0] ?? ''))).toEqual(Buffer.from([1, 2, 3]));
});

test('a stored input is run again, and tells what it does', async () => {
  const file = join(directory.path, 'input.bin');
  await writeFile(file, 'no image at all');
  const args = ['tools/run.mjs', 'fuzz/src/main.ts', '--target', 'inspector', '--reproduce', file];
  const { stdout } = await run(process.execPath, args, { cwd: root });
  expect(stdout).toMatch(/^inspector: accepted raw/m);
});
