import { openDriver, programRunner } from '@hearth/drivers';
import type { VolumeDriver } from '@hearth/driver-api';
import { type MountedFilesystem, withFilesystem } from '@hearth/testing/servers';
import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openFillTools } from '../fill/fill-tools';
import { VerifiedPlaces, verifyImageAt } from '../fill/verify-place';
import { TestHouse } from '../testing/test-house';

jest.setTimeout(60_000);

const log = { info: () => undefined, warn: () => undefined };
let mounted: MountedFilesystem;
let driver: VolumeDriver;
let tools: Awaited<ReturnType<typeof openFillTools>>;
let house: TestHouse;
let looks = 0;

beforeAll(async () => {
  mounted = await withFilesystem('xfs', { sizeMib: 320 });
  const [directory, images] = [join(mounted.directory, 'volumes'), join(mounted.directory, 'images')];
  await mkdir(images);
  driver = await openDriver(
    'file',
    { directory, pool: 'here', imageDirectories: [images] },
    { run: programRunner(), log },
  );
  tools = await openFillTools({
    source: { open: () => Promise.reject(new Error('nobody is to ask the image service')) },
    ...{ scratchDirectory: join(mounted.directory, 'scratch'), keyManager: false, conversionConfinement: 'user', log },
  });
  const verified = new VerifiedPlaces((at) => {
    looks += 1;
    return verifyImageAt(at, tools);
  });
  house = await TestHouse.open({
    ...{ usesLocations: true, directUrlSchemes: ['file'], wrap: () => driver },
    verifyImageAt: (at) => verified.look(at),
  });
}, 60_000);
afterAll(async () => {
  await house?.close();
  await tools?.close();
  await mounted?.stop();
});

async function startOf(path: string, length: number): Promise<Buffer> {
  const handle = await open(path, 'r');
  const { buffer } = await handle.read(Buffer.alloc(length), 0, length, 0).finally(() => handle.close());
  return buffer;
}

test('a raw image beside the volumes is shared with them: read once, downloaded never, and not once its file is another', async () => {
  const image = house.images.add({ diskFormat: 'raw', containerFormat: 'bare', properties: {} });
  const path = join(mounted.directory, 'images', image.id);
  await writeFile(path, house.images.bytesOf(image.id));
  house.uploads.locationsByImage.set(image.id, `file://${path}`);
  for (const sizeGib of [1, 2]) {
    const volume = await house.create(image, sizeGib);
    expect(volume).toMatchObject({
      status: 'provisioned',
      decision: { strategy: 'driver-clone', cloneMethod: 'reflink', bytesDownloaded: 0, bytesWritten: 0 },
    });
    if (volume.status !== 'provisioned') return;
    const file = join(mounted.directory, 'volumes', `volume-${volume.request.volumeId}`);
    expect(await startOf(file, image.sizeBytes)).toEqual(house.images.bytesOf(image.id));
  }
  expect([looks, house.images.downloads]).toEqual([1, []]);

  const handle = await open(path, 'r+');
  await handle.write(Buffer.from('X'), 0, 1, 3);
  await handle.close();
  expect(await house.create(image)).toMatchObject({
    status: 'provisioned',
    decision: {
      strategy: 'cache',
      outcome: 'miss',
      declined: [{ strategy: 'driver-clone', reason: 'image-hash-mismatch' }],
    },
  });
  expect(looks).toBe(2);
});
