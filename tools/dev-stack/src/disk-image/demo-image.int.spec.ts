import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { findProgram, runProgram } from '@hearth/testing/servers';
import { makeDemoImage } from './demo-image';
import { randomBytes } from './sample-tree';

jest.setTimeout(60_000);

let directory: TemporaryDirectory;

beforeEach(async () => {
  directory = await temporaryDirectory('hearth-demo-image-');
});

afterEach(() => directory.remove());

const small = { virtualSizeMib: 128, dataMib: 24 };
const program = async (name: string): Promise<string> => (await findProgram(name))!;

test('the image is a sound qcow2 with a GPT and an ext4 partition whose files read back', async () => {
  const lines: string[] = [];
  const path = await makeDemoImage({ directory: directory.path, ...small, log: (line) => lines.push(line) });
  expect(path).toBe(join(directory.path, 'hearth-demo.qcow2'));
  await runProgram([await program('qemu-img'), 'check', '-f', 'qcow2', path]);
  const info = JSON.parse(
    await runProgram([await program('qemu-img'), 'info', '-f', 'qcow2', '--output=json', path]),
  ) as object;
  expect(info).toMatchObject({ format: 'qcow2', 'virtual-size': 128 * 1024 * 1024 });

  const raw = join(directory.path, 'disk.raw');
  await runProgram([await program('qemu-img'), 'convert', '-f', 'qcow2', '-O', 'raw', path, raw]);
  const table = JSON.parse(await runProgram([await program('sfdisk'), '--json', raw])) as object;
  expect(table).toMatchObject({
    partitiontable: { label: 'gpt', partitions: [{ start: 2048, size: 126 * 2048, name: 'root' }] },
  });

  const fileSystem = `${raw}?offset=${1024 * 1024}`;
  await runProgram([await program('e2fsck'), '-f', '-n', fileSystem]);
  const dumped = join(directory.path, 'dumped');
  await runProgram([await program('debugfs'), '-R', `dump /srv/archive-0.bin ${dumped}`, fileSystem]);
  const content = await readFile(dumped);
  const expected = Buffer.concat([...randomBytes('archive 0', content.length)]);
  expect(content.length).toBeGreaterThan(4 * 1024 * 1024);
  expect(content.equals(expected)).toBe(true);
  expect(await runProgram([await program('debugfs'), '-R', 'cat /etc/hostname', fileSystem])).toBe('hearth-demo\n');
  expect(lines.at(-1)).toMatch(/hearth-demo.qcow2 is ready, \d\d MiB$/);
});

test('an image that is there is left as it is, and nothing unfinished stays', async () => {
  await mkdir(join(directory.path, '.making-999999999-killed'));
  const path = await makeDemoImage({ directory: directory.path, ...small });
  const before = await stat(path);
  await makeDemoImage({ directory: directory.path, ...small });
  expect((await stat(path)).mtimeMs).toBe(before.mtimeMs);
  expect(await readdir(directory.path)).toEqual(['hearth-demo.qcow2']);
});

test('files that do not fit are refused before anything is written', async () => {
  await expect(makeDemoImage({ directory: directory.path, virtualSizeMib: 64, dataMib: 64 })).rejects.toThrow(
    'do not fit',
  );
  expect(await readdir(directory.path)).toEqual([]);
});
