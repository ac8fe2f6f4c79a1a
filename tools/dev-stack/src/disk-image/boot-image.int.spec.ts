import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { requireProgram, runProgram } from '@hearth/testing/servers';
import { readEnvironment } from '../config';
import { bootGuest, GuestFailed } from '../guest/boot-guest';
import { makeBootImage } from './boot-image';

jest.setTimeout(300_000);

const mib = 1024 * 1024;
const packagesDirectory = join(readEnvironment().stateDirectory, 'cache');
const small = { packagesDirectory, virtualSizeMib: 64, dataMib: 20 };

let directory: TemporaryDirectory;
let emulator: string;

beforeAll(async () => {
  directory = await temporaryDirectory('hearth-boot-image-');
  emulator = await requireProgram('qemu-system-x86_64', { debianPackage: 'qemu-system-x86' });
});

afterAll(() => directory?.remove());

const digestOf = async (file: string) =>
  createHash('sha256')
    .update(await readFile(file))
    .digest('hex');

test('two disks made of the same packages are equal, and the qcow2 one holds what the raw one does', async () => {
  const lines: string[] = [];
  const log = (line: string) => lines.push(line);
  const raw = await makeBootImage({ ...small, directory: join(directory.path, 'one'), format: 'raw', log });
  const again = await makeBootImage({ ...small, directory: join(directory.path, 'two'), format: 'raw' });
  const qcow2 = await makeBootImage({ ...small, directory: join(directory.path, 'one'), format: 'qcow2' });
  expect(await digestOf(again)).toBe(await digestOf(raw));
  const qemuImg = await requireProgram('qemu-img', { debianPackage: 'qemu-utils' });
  const converted = join(directory.path, 'converted.raw');
  await runProgram([qemuImg, 'convert', '-f', 'qcow2', '-O', 'raw', qcow2, converted]);
  expect(await digestOf(converted)).toBe(await digestOf(raw));
  expect((await readFile(raw)).length).toBe(64 * mib);
  expect((await readdir(join(directory.path, 'one'))).sort()).toEqual(['hearth-boot.qcow2', 'hearth-boot.raw']);
  expect(lines.at(-1)).toBe('boot image: ready, 64 MiB');
});

test('its guest says how large the disk is, and notices bytes that are not as they were', async () => {
  // A comma in its path means something to the emulator.
  const own = join(directory.path, 'a, b');
  const file = await makeBootImage({ ...small, directory: own, format: 'raw' });
  const boot = () => bootGuest({ program: emulator, disk: { file, format: 'raw' } });
  expect(await boot()).toEqual({
    line: `HEARTH-GUEST-READY disk=${64 * mib} sectors=131072 payload=intact`,
    ...{ diskBytes: 64 * mib, isIntact: true },
  });
  const bytes = await readFile(file);
  bytes[40 * mib]! ^= 1;
  await writeFile(file, bytes);
  expect(await boot()).toMatchObject({ isIntact: false });
});

test('a kernel that finds no user space is quoted with its last words', async () => {
  const file = await makeBootImage({ ...small, directory: join(directory.path, 'broken'), format: 'raw' });
  const bytes = await readFile(file);
  const line = bytes.indexOf('  INITRD /initrd.gz');
  bytes.write('#', line, 'latin1');
  await writeFile(file, bytes);
  const failed = await bootGuest({ program: emulator, disk: { file, format: 'raw' } }).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(GuestFailed);
  expect((failed as GuestFailed).message).toMatch(/ended without saying how large its disk is[^]*Kernel panic/);
});

test('a disk on which there is nothing to boot is given up when it stays silent, and its emulator is gone', async () => {
  const file = join(directory.path, 'blank.raw');
  await writeFile(file, Buffer.alloc(mib));
  const booted = bootGuest({ program: emulator, disk: { file, format: 'raw' }, silenceMs: 2000 });
  await expect(booted).rejects.toThrow(/was silent for 2000 ms[^]*it printed nothing/);
  expect(await processesNaming(file)).toEqual([]);
});

test('a guest that is called off is gone too', async () => {
  const file = join(directory.path, 'called-off.raw');
  await writeFile(file, Buffer.alloc(mib));
  const controller = new AbortController();
  const booted = bootGuest({ program: emulator, disk: { file, format: 'raw' }, signal: controller.signal });
  controller.abort();
  await expect(booted).rejects.toThrow('was called off');
  expect(await processesNaming(file)).toEqual([]);
  await expect(bootGuest({ program: '/nowhere/emulator', disk: { file, format: 'raw' } })).rejects.toThrow(
    '/nowhere/emulator',
  );
});

test('data that does not fit is refused before anything is written', async () => {
  const own = join(directory.path, 'too-much');
  await mkdir(own);
  const tooMuch = makeBootImage({ ...small, dataMib: 33, directory: own, format: 'raw' });
  await expect(tooMuch).rejects.toThrow('33 MiB of data do not fit on a disk of 64 MiB; at least 1, at most 32');
  expect(await readdir(own)).toEqual([]);
});

async function processesNaming(file: string): Promise<string[]> {
  const numbers = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(numbers.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.includes(file));
}
