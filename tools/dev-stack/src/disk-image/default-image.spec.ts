import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { makeDefaultImage } from './default-image';

let directory: TemporaryDirectory;
let lines: string[];

beforeEach(async () => {
  directory = await temporaryDirectory('hearth-default-image-');
  lines = [];
});

afterEach(() => directory.remove());

const made = (fileName: string) => join(directory.path, 'demo-image', fileName);

async function put(fileName: string): Promise<void> {
  await mkdir(join(directory.path, 'demo-image'), { recursive: true });
  await writeFile(made(fileName), 'a disk made before');
}

/** Packages that were unpacked and hold nothing, so that no disk can be made of them. */
async function emptyPackages(): Promise<void> {
  for (const name of ['linux-image-cloud-amd64', 'busybox-static', 'syslinux', 'syslinux-common', 'mtools']) {
    await mkdir(join(directory.path, name));
  }
}

const make = (signal = new AbortController().signal) =>
  makeDefaultImage({ cacheDirectory: directory.path, signal, log: (line) => lines.push(line) });

test('a disk that boots, made before, is taken, and the log says so', async () => {
  await put('hearth-boot.qcow2');
  await put('hearth-demo.qcow2');
  expect(await make()).toEqual({ file: made('hearth-boot.qcow2'), boots: true });
  expect(lines.join('\n')).toContain('a disk that boots');
});

test('where none can be made, a disk with files is taken, and the log says why', async () => {
  await emptyPackages();
  await put('hearth-demo.qcow2');
  expect(await make()).toEqual({ file: made('hearth-demo.qcow2'), boots: false });
  expect(lines.join('\n')).toContain('does not boot is taken: ');
});

test('an interruption is not taken for a failure', async () => {
  await emptyPackages();
  await put('hearth-demo.qcow2');
  await expect(make(AbortSignal.abort(new Error('interrupted')))).rejects.toThrow('interrupted');
});
