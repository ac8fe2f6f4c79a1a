import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { runProgram } from '@hearth/testing/servers';
import { verifyVolumes } from '../../tools/dev-stack/src/demo/verify-bytes';
import { watchCreate } from '../../tools/dev-stack/src/demo/watch-create';
import { makeDemoImage } from '../../tools/dev-stack/src/disk-image/demo-image';
import { type Glance, startGlance } from '../real/glance';
import { startTestStack, type TestStack } from './stack';

jest.setTimeout(600_000);

let directory: TemporaryDirectory;
let glance: Glance;
let stack: TestStack;
let files: Record<'raw' | 'qcow2', string>;

beforeAll(async () => {
  directory = await temporaryDirectory('hearth-real-glance-');
  const qcow2 = await makeDemoImage({ directory: directory.path, virtualSizeMib: 512, dataMib: 64 });
  const raw = join(directory.path, 'disk.raw');
  await runProgram(['qemu-img', 'convert', '-f', 'qcow2', '-O', 'raw', qcow2, raw]);
  files = { raw, qcow2 };
  glance = await startGlance({ directory: join(directory.path, 'glance') });
  stack = await startTestStack({ imageServiceUrl: glance.url });
});

afterAll(async () => {
  await stack?.stop();
  await glance?.stop();
  await directory?.remove();
});

test.each(['raw', 'qcow2'] as const)(
  'a %s image of a real Glance becomes a volume by a miss and another by a hit, with its bytes',
  async (diskFormat) => {
    const file = files[diskFormat];
    const { id: imageRef, size } = await glance.images.create({ name: diskFormat, diskFormat, data: { file } });
    const create = (title: string) =>
      watchCreate(stack.api, stack.watch, { title, asked: { name: title, size: 1, imageRef } });
    const first = await create('first');
    const second = await create('second');
    expect(first.decision).toMatchObject({ outcome: 'miss', bytesDownloaded: size });
    expect(second.decision).toMatchObject({ outcome: 'hit', bytesDownloaded: 0 });
    await verifyVolumes({
      image: { file, diskFormat },
      ...{ sizeGib: 1, backendDirectory: stack.backendDirectory, scratchParent: directory.path },
      volumeIds: [first.volumeId, second.volumeId],
    });
  },
);

test('an image of a real Glance that is deactivated makes no volume', async () => {
  const data = { bytes: await readFile(files.qcow2) };
  const { id } = await glance.images.create({ name: 'deactivated', diskFormat: 'qcow2', data });
  await glance.images.deactivate(id);
  await expect(stack.api.create({ size: 1, imageRef: id })).rejects.toMatchObject({ status: 400 });
});
