import { type TemporaryDirectory, temporaryDirectory } from '@hearth/testing';
import { requireProgram, runProgram } from '@hearth/testing/servers';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StoredFormat } from './qemu-img';
import { qemuImgInfo } from './qemu-img-info';
import { type ConversionHost, startConversionHost } from './testing/conversion-host';

jest.setTimeout(60_000);

const sizeBytes = 64 * 2 ** 20;
let home: TemporaryDirectory;
let host: ConversionHost;
beforeAll(async () => {
  home = await temporaryDirectory('hearth-convert-');
  host = await startConversionHost(home.path, await requireProgram('qemu-img', { debianPackage: 'qemu-utils' }));
});
afterAll(async () => {
  await host?.stop();
  await home?.remove();
});

const at = (name: string) => join(host.directory, name);
const create = (...args: string[]) => runProgram([host.program, 'create', ...args]);

async function opinionOn(path: string, format: StoredFormat, virtualSizeBytes = sizeBytes) {
  const image = await host.store(path);
  const { signal } = new AbortController();
  try {
    return await qemuImgInfo({ image, format, virtualSizeBytes, qemuImg: host.qemuImg(), signal });
  } finally {
    await image.close();
  }
}

const disagrees = (about: string) => ({
  problem: 'qemu-img-disagrees',
  failure: { code: 'image.unacceptable', reason: expect.stringContaining(`qemu-img-disagrees: ${about}`) },
});

test('an image that both see alike passes', async () => {
  await create('-f', 'vmdk', '-o', 'subformat=streamOptimized', at('good.vmdk'), '64M');
  expect(await opinionOn(at('good.vmdk'), 'vmdk')).toMatchObject({ format: 'vmdk', 'virtual-size': sizeBytes });
});

test('another size is a difference', async () => {
  await create('-f', 'vdi', at('size.vdi'), '64M');
  await expect(opinionOn(at('size.vdi'), 'vdi', sizeBytes + 512)).rejects.toMatchObject(
    disagrees(`virtual size ${sizeBytes}, not ${sizeBytes + 512}`),
  );
});

test('a file of another format is not taken for what it is', async () => {
  await create('-f', 'qcow2', at('other.qcow2'), '64M');
  await expect(opinionOn(at('other.qcow2'), 'vhdx')).rejects.toMatchObject({ problem: 'exit-code' });
});

test('a parent is named, and not read', async () => {
  await create('-f', 'vmdk', at('parent.vmdk'), '64M');
  await create('-f', 'vmdk', '-b', at('parent.vmdk'), '-F', 'vmdk', at('child.vmdk'), '64M');
  await expect(opinionOn(at('child.vmdk'), 'vmdk')).rejects.toMatchObject(disagrees('backing file'));
});

test('a vmdk that is a list of other files is refused, and the files are not there for it', async () => {
  const descriptor = [
    ...['# Disk DescriptorFile', 'version=1', 'CID=fffffffe', 'parentCID=ffffffff', 'createType="monolithicFlat"'],
    ...[`RW ${sizeBytes / 512} FLAT "/etc/passwd" 0`, 'ddb.adapterType = "ide"', ''],
  ];
  await writeFile(at('flat.vmdk'), descriptor.join('\n'));
  await expect(opinionOn(at('flat.vmdk'), 'vmdk')).rejects.toMatchObject({ failure: { code: 'image.unacceptable' } });
  await writeFile(at('device.vmdk'), descriptor.join('\n').replace('/etc/passwd', '/dev/zero'));
  await expect(opinionOn(at('device.vmdk'), 'vmdk')).rejects.toMatchObject({ failure: { code: 'image.unacceptable' } });
});
