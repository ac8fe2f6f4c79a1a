import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { modulesInOrder } from './kernel-modules';

let directory: TemporaryDirectory;

beforeEach(async () => {
  directory = await temporaryDirectory('hearth-modules-');
  await addModule('drivers/block/virtio_blk.ko', 'virtio,virtio_ring');
  await addModule('drivers/virtio/virtio.ko', 'virtio_ring');
  await addModule('drivers/virtio/virtio_ring.ko', '');
  await addModule('crypto/crc-a.ko', 'missing');
  await writeFile(join(directory.path, 'modules.builtin'), 'kernel/fs/built-in.ko\n');
});

afterEach(() => directory.remove());

async function addModule(path: string, depends: string): Promise<void> {
  const file = join(directory.path, 'kernel', path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `\x7fELF license=GPL\0depends=${depends}\0name=of-no-interest\0`, 'latin1');
}

const names = async (...wanted: string[]) => (await modulesInOrder(directory.path, wanted)).map(({ name }) => name);

test('a module comes after those it depends on, each once', async () => {
  expect(await names('virtio_blk', 'virtio')).toEqual(['virtio_ring', 'virtio', 'virtio_blk']);
});

test('what is built into the kernel is not loaded', async () => {
  expect(await names('built_in', 'virtio_ring')).toEqual(['virtio_ring']);
});

test('a module that is nowhere is named, also when another one needs it', async () => {
  await expect(names('nowhere')).rejects.toThrow('the kernel module nowhere is neither');
  await expect(names('crc_a')).rejects.toThrow('the kernel module missing is neither');
});
