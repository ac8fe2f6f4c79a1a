import { readdir } from 'node:fs/promises';
import type { RunProgram } from '@hearth/driver-api';
import { temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { chooseCloneMethod } from './clone-probe';

const missing: RunProgram = async ([program]) => Promise.reject(new Error(`${program} is not installed`));

let home: TemporaryDirectory;
beforeEach(async () => {
  home = await temporaryDirectory('hearth-probe-');
});
afterEach(() => home.remove());

test('without qemu-img an overlay that was asked for is refused with what it needs', async () => {
  await expect(chooseCloneMethod({ directory: home.path, cloneMethod: 'overlay' }, missing)).rejects.toMatchObject({
    code: 'misconfigured',
    message: expect.stringContaining('qemu-utils'),
  });
});

test('without qemu-img nothing is chosen that needs it', async () => {
  expect(await chooseCloneMethod({ directory: home.path, cloneMethod: 'auto' }, missing)).not.toBe('overlay');
});

test('the version is all that qemu-img is asked for, and no probe is left', async () => {
  const calls: (readonly string[])[] = [];
  const run: RunProgram = async (argv) => {
    calls.push(argv);
    return { stdout: '', stderr: '' };
  };
  expect(await chooseCloneMethod({ directory: home.path, cloneMethod: 'overlay' }, run)).toBe('overlay');
  expect(calls).toEqual([['qemu-img', '--version']]);
  expect(await readdir(home.path)).toEqual([]);
});
